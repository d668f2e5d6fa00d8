#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "plugins/plugin_host.hpp"
#include "registry/registry.hpp"
#include "store/store.hpp"

namespace veleta {

struct ServeOptions {
  std::string pipeline;  ///< the registered model's name
  std::string host = "127.0.0.1";
  uint16_t port = 8080;  ///< 0: any free one
  unsigned threads = 1;
  size_t max_body_bytes = size_t{64} << 20;
  size_t max_rows = 100000;
  double reload_interval_s = 2;
};

/// Serves the production model of one pipeline over HTTP and follows the alias.
class Server {
 public:
  /// Binds at once; throws kUnavailable, naming the address, where it cannot. Store, registry and plugins must outlive it.
  Server(ServeOptions options, Store& store, Registry& registry, PluginHost& plugins);
  ~Server();

  uint16_t port() const;
  /// Serves until stop(); then finishes the requests in flight and drains the inference log.
  void run();
  /// Thread-safe; returns at once.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veleta
