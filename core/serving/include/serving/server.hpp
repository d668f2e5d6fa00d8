#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "monitor/monitor.hpp"
#include "plugins/plugin_host.hpp"
#include "registry/registry.hpp"
#include "store/store.hpp"

namespace veleta {

struct ServeOptions {
  std::string pipeline;  ///< the registered model's name
  std::string host = "127.0.0.1";
  uint16_t port = 8080;  ///< 0: any free one
  unsigned threads = 1;  ///< each answers one request at a time
  size_t max_body_bytes = size_t{64} << 20;
  size_t max_rows = 100000;  ///< of one request
  double reload_interval_s = 2;
  /// The production version is kept here, and serves at once after a start, whether or not the registry answers; empty:
  /// it is not kept.
  std::filesystem::path cache_folder;
  /// Rows of the inference log wait here while the store is away; empty: they are lost.
  std::filesystem::path spool_folder;
  std::string token;                ///< a secret that /labels and all below /v1 ask for; empty: they ask for none
  std::vector<StreamSpec> streams;  ///< what is watched of that which is served
  /// Called when a client has asked for something that a runner does; returns at once. May be empty. Thread-safe.
  std::function<void()> on_request;
};

/// Serves the production model of one pipeline over HTTP and follows the alias; and the hooks of all pipelines whose
/// runners share its store. docs/http_api.md has the routes.
class Server {
 public:
  /// Binds at once; throws kUnavailable, naming the address, where it cannot, and as Monitor does. Store, registry and
  /// plugins must outlive it.
  Server(ServeOptions options, Store& store, Registry& registry, PluginHost& plugins);
  /// Opens the store when it is first needed, and again while that fails: predictions do not wait for it.
  Server(ServeOptions options, std::function<std::unique_ptr<Store>()> open_store, Registry& registry,
         PluginHost& plugins);
  ~Server();

  uint16_t port() const;
  /// Serves until stop(); then finishes the requests in flight and drains the inference log. The model is loaded
  /// beside: until it is there, /readyz and predictions answer 503. Call it once.
  void run();
  /// Requests that wait for something to happen in the store look now. Thread-safe; returns at once.
  void store_changed();
  /// Thread-safe; returns at once.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veleta
