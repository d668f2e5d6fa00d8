// What a training's record costs: in the file that the embedded registry keeps, and on an MLflow server, beside
// MLflow's own client. VELETA_BENCH_MLFLOW names a server, which `./dev bench --peers` starts.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "harness.hpp"
#include "registry/registry.hpp"

namespace veleta::bench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kModelBytes = 10'000'000;

std::map<std::string, std::string> model_files() {
  std::mt19937_64 random(1);
  std::string bytes;
  while (bytes.size() < kModelBytes) {
    const uint64_t number = random();
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return {{"MLmodel", R"({"flavors": {"python_function": {"loader_module": "x"}}})"}, {"model.bin", std::move(bytes)}};
}

void log_run(Registry& registry, const std::string& experiment) {
  const std::string run = registry.create_run(experiment, new_id(), "bench", {}).id;
  std::map<std::string, std::string> params;
  for (int i = 0; i < 100; ++i) params["key" + std::to_string(i)] = "value";
  std::vector<MetricPoint> points;
  for (int step = 0; step < 1000; ++step) points.push_back({"mae", step * 0.5, step, 1'700'000'000'000});
  registry.log_params(run, params);
  registry.log_metrics(run, points);
}

/// Folders that the benchmarks need, for as long as they run.
class WorkFolder {
 public:
  WorkFolder() { fs::create_directories(path); }
  ~WorkFolder() { fs::remove_all(path); }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const fs::path path = fs::temp_directory_path() / ("veleta-bench-" + new_id());
};

void add_registry(const std::string& where, const std::string& who, const std::string& uri) {
  const std::shared_ptr<Registry> registry = open_registry(uri);
  const std::string name = "bench-" + new_id();
  add_waiting("100 params, 1,000 metrics" + where, who, {1100, 0}, [=] { log_run(*registry, name); });
  add_waiting("a model of 10 MB" + where, who, {0, kModelBytes}, [=, files = model_files()] {
    const std::string run = registry->create_run(name, new_id(), "bench", {}).id;
    registry->create_version(name, run, files, "", {});
  });
}

void add_mlflow(const std::string& url, const fs::path& model) {
  const std::string where = ", MLflow 3";
  add_registry(where, "veleta", url);
  if (!has_python()) return;
  for (const auto& [path, bytes] : model_files()) write_file_atomically(model / path, bytes);
  add_python("100 params, 1,000 metrics" + where, "mlflow-skinny", {1100, 0}, "mlflow_log", {url});
  add_python("a model of 10 MB" + where, "mlflow-skinny", {0, kModelBytes}, "mlflow_register", {url, model.string()});
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta::bench;
  const WorkFolder folder;
  add_registry(", embedded", "veleta", "sqlite:///" + (folder.path / "veleta.db").string());
  if (const char* url = std::getenv("VELETA_BENCH_MLFLOW")) add_mlflow(url, folder.path / "model");
  return run(argc, argv);
}
