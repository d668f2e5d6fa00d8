#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http_message.hpp"

namespace veleta {

/// What one client may take of the server: bytes, and time. A connection that takes more is answered, where an answer
/// can still reach it, and closed.
struct HttpLimits {
  size_t connections = 16384;  ///< of all clients together; more are answered 503 and closed
  size_t held = 12288;         ///< requests held back at a time; more are answered as things stand
  size_t header_bytes = 16 * 1024;
  size_t body_bytes = size_t{64} << 20;
  std::chrono::milliseconds idle_time{60000};    ///< between two requests
  std::chrono::milliseconds header_time{10000};  ///< from a request's first byte to its last header
  std::chrono::milliseconds body_time{60000};    ///< from there to its last byte
  std::chrono::milliseconds write_time{60000};   ///< for a reply
  std::chrono::milliseconds drain_time{10000};   ///< for the requests in flight when the server stops
};

/// An HTTP/1.1 server on one address: connections, keep-alive, pipelining, limits. Knows nothing of routes.
class HttpListener {
 public:
  /// Binds and listens. Throws kUnavailable with the address and the system's reason. The handler must outlive it; it
  /// is called from all threads.
  HttpListener(const std::string& host, uint16_t port, HttpHandler& handler, const HttpLimits& limits);
  ~HttpListener();

  uint16_t port() const;
  /// Serves on `threads` threads, this one among them, until stop() was called and the requests in flight are answered.
  void run(unsigned threads);
  /// Accepts no more, closes idle connections, lets the others finish their request. Thread-safe; returns at once.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veleta
