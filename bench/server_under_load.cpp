#include "server_under_load.hpp"

#include <chrono>

#include "base/ids.hpp"
#include "test_client.hpp"

namespace veleta::bench {

std::unique_ptr<Store> open_sqlite(const std::filesystem::path& folder) {
  return open_store("sqlite:///" + (folder / "veleta.db").string());
}

ServerUnderLoad::ServerUnderLoad(ServeOptions options, const BundleFiles& model, PluginHost& plugins,
                                 const OpenStore& open)
    : folder_(std::filesystem::temp_directory_path() / ("veleta_bench_" + new_id())) {
  std::filesystem::create_directories(folder_);
  registry_ = open_registry("sqlite:///" + (folder_ / "veleta.db").string());
  publish(options.pipeline, model);
  options.port = 0;
  server_ = std::make_unique<Server>(
      options, [this, open] { return open(folder_); }, *registry_, plugins);
  thread_ = std::thread([this] { server_->run(); });
  while (testing::ask(port(), "GET", "/readyz").status != 200) std::this_thread::yield();
}

ServerUnderLoad::~ServerUnderLoad() {
  server_->stop();
  thread_.join();
  std::filesystem::remove_all(folder_);
}

double ServerUnderLoad::metric(const std::string& name) const {
  const std::string text = "\n" + testing::ask(port(), "GET", "/metrics").body, line = "\n" + name + " ";
  const size_t at = text.find(line);
  if (at == std::string::npos) throw Error(ErrorCode::kInternal, "the server has no metric " + name);
  return std::stod(text.substr(at + line.size()));
}

void ServerUnderLoad::drain_log() const {
  while (metric("veleta_inference_log_queue_rows") > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

void ServerUnderLoad::publish(const std::string& pipeline, const BundleFiles& model) {
  const TrackedRun run = registry_->create_run(pipeline, new_id(), "bench", {});
  const int version = registry_->create_version(pipeline, run.id, model, "made for a benchmark", {}).version;
  registry_->move_alias(pipeline, kProductionAlias, version, std::nullopt);
}

}  // namespace veleta::bench
