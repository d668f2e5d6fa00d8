#pragma once

#include <memory>
#include <string>

#include "service.hpp"

namespace veleta::data_api {

struct ServerOptions {
  std::string host = "127.0.0.1";
  unsigned short port = 0;  ///< 0: one that is free
  bool gzip = false;        ///< compress where the client accepts it
};

/// Answers HTTP/1.1 requests from the service. Not thread-safe, but for stop.
class Server {
 public:
  /// Listens from now on. Throws boost::system::system_error where the address cannot be had.
  Server(Service& service, const ServerOptions& options);
  ~Server();

  unsigned short port() const;
  /// Serves on `threads` threads until stop, SIGINT or SIGTERM.
  void run(unsigned threads);
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veleta::data_api
