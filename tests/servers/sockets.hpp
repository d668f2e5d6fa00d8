#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace veleta::testing {

/// A TCP connection. Reading and writing block; shut_down() from another thread ends them.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  /// Throws std::runtime_error where nobody listens.
  static Socket connect(const std::string& host, uint16_t port);

  /// Appends what has come; false: the other side has ended, or the connection is lost.
  bool read_some(std::string& bytes) const;
  /// False: the connection is lost.
  bool write(std::string_view bytes) const;
  void shut_down() const;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// Takes connections on 127.0.0.1.
class Listener {
 public:
  /// 0: a free port.
  explicit Listener(uint16_t port = 0);
  uint16_t port() const { return port_; }
  /// The next connection; a socket without a descriptor after shut_down().
  Socket accept() const;
  void shut_down() const { socket_.shut_down(); }

 private:
  Socket socket_;
  uint16_t port_ = 0;
};

}  // namespace veleta::testing
