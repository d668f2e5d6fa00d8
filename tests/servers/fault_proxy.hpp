#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "servers/http_messages.hpp"
#include "servers/sockets.hpp"

namespace veleta::testing {

/// What goes wrong in one exchange, a request and its answer.
struct Fault {
  enum class Kind {
    kNone,
    kDelay,             ///< the request reaches the server `delay_s` later
    kCutBeforeRequest,  ///< the server sees nothing of the request
    kCutInRequest,      ///< it sees `byte_count` bytes of it
    kCutBeforeAnswer,   ///< it has done what was asked, and the client sees nothing of the answer
    kCutInAnswer,       ///< the client sees `byte_count` bytes of the answer
    kStall,             ///< nothing is passed on, until the client gives up
    kAnswer,            ///< the proxy answers `status` by itself, and the server sees nothing; HTTP only
    kAnswerInstead,     ///< the server has done what was asked, and the client gets `status`; HTTP only
  };
  Kind kind = Kind::kNone;
  double delay_s = 0;
  size_t byte_count = 0;
  int status = 0;
  std::string headers = {};  ///< of the proxy's own answer: whole lines, each with its CRLF
};

/// A TCP proxy in this process, before any server of a test, that lets faults happen as planned. Thread-safe.
///
/// With an http:// URL an exchange is one HTTP request and its answer; each is passed on when it is there as a whole.
/// With any other scheme it begins with what the client sends after the server has spoken, as PostgreSQL's protocol
/// takes turns; that is passed on as it comes.
class FaultProxy {
 public:
  /// Before the server at "scheme://user:password@host:port/rest".
  explicit FaultProxy(const std::string& server_url);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  /// The server's URL with the proxy's host and port.
  const std::string& url() const { return url_; }

  /// Of the exchanges from now on whose request holds `text` in its first 64 kB, the `nth` (from 1) gets the fault, and
  /// so do those after it up to `times` in all. Of several plans for one exchange the first made counts.
  void plan(Fault fault, int nth = 1, int times = 1, std::string text = "");
  void clear_plans();

  /// Nobody listens, and every connection is cut, until up().
  void down();
  void up();

  struct Counts {
    int connections = 0;
    int exchanges = 0;
    int faults = 0;
  };
  Counts counts() const;
  /// The first line of each request, in the order they came; of what is no HTTP the first 64 bytes.
  std::vector<std::string> requests() const;

 private:
  struct Plan {
    Fault fault;
    int first = 1;
    int last = 1;
    std::string text;
    int seen = 0;
  };
  struct Connection {
    Socket client;
    Socket server;
    std::thread thread;
    bool has_ended = false;  // guarded by mutex_
  };

  void listen(uint16_t port);
  void accept_all();
  void serve(Connection& connection);
  bool connect(Connection& connection);
  void relay_http(const Connection& connection);
  /// False: the connection is to be cut.
  bool relay_exchange(const Connection& connection, HttpMessages& answers, const HttpMessage& request);
  void relay_bytes(const Connection& connection);
  /// Counts an exchange and says what happens to it.
  Fault next_fault(std::string_view request);
  void sleep(double seconds);
  void remove_ended();
  void stop();

  std::string host_;
  uint16_t server_port_ = 0;
  bool is_http_ = false;
  std::string url_;
  uint16_t port_ = 0;
  std::unique_ptr<Listener> listener_;  // as long as the acceptor lives
  std::thread acceptor_;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;              // guarded by mutex_
  std::list<Connection> connections_;  // guarded by mutex_
  std::list<Plan> plans_;              // guarded by mutex_
  Counts counts_;                      // guarded by mutex_
  std::vector<std::string> requests_;  // guarded by mutex_
};

}  // namespace veleta::testing
