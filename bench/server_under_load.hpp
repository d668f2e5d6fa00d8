#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "model/bundle.hpp"
#include "serving/server.hpp"

namespace veleta::bench {

/// Opens a store of its own in the folder.
using OpenStore = std::function<std::unique_ptr<Store>(const std::filesystem::path& folder)>;

std::unique_ptr<Store> open_sqlite(const std::filesystem::path& folder);

/// The real server on a free port of loopback, over a registry in a folder of its own which goes with it. The model is
/// production of `options.pipeline` and is served when the constructor returns.
class ServerUnderLoad {
 public:
  ServerUnderLoad(ServeOptions options, const BundleFiles& model, PluginHost& plugins, const OpenStore& open);
  ~ServerUnderLoad();
  ServerUnderLoad(const ServerUnderLoad&) = delete;
  ServerUnderLoad& operator=(const ServerUnderLoad&) = delete;

  uint16_t port() const { return server_->port(); }
  /// What a metric without labels, or with these, stands at. Throws kInternal where there is none.
  double metric(const std::string& name) const;
  /// Waits until all rows of the inference log are with the store.
  void drain_log() const;

 private:
  void publish(const std::string& pipeline, const BundleFiles& model);

  std::filesystem::path folder_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace veleta::bench
