#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

namespace veleta {

/// Closes a socket at which something takes too long. Every function, and what it starts, runs on the socket's
/// executor, which must be serial.
class SocketTimer {
 public:
  explicit SocketTimer(boost::asio::ip::tcp::socket& socket);

  /// While it lives, the time is limited; one lives at a time.
  class [[nodiscard]] Limit {
   public:
    Limit(SocketTimer& timer, std::chrono::milliseconds most);
    ~Limit();
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

   private:
    SocketTimer& timer_;
  };

  /// Ends limiting; the socket is not touched from here on.
  void end();

 private:
  struct State;
  static void arm(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  ///< shared with the wait that is under way
};

}  // namespace veleta
