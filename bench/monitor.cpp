// What it costs to watch what is served: a model of 100 numbers, each under the watch of a detector that adds up. A
// time is the server's CPU time.
#include <filesystem>
#include <memory>
#include <random>
#include <thread>

#include "base/ids.hpp"
#include "harness.hpp"
#include "inference_log.hpp"
#include "level_watch.hpp"
#include "model/bundle.hpp"
#include "monitor/monitor.hpp"
#include "serving/server.hpp"
#include "test_client.hpp"
#include "trained_bundle.hpp"

namespace veleta::bench {
namespace {

constexpr const char* kPipeline = "hundred";
constexpr size_t kColumns = 100, kTrainingRows = 2000, kRequests = 2000;

Table made_rows(size_t rows) {
  std::mt19937_64 random(7);
  Table table;
  for (size_t column = 0; column < kColumns; ++column) {
    Column& made = table.columns.emplace_back();
    made.name = "x" + std::to_string(column);
    for (size_t row = 0; row < rows; ++row) made.append_number(1e-3 * static_cast<double>(random() % 10000));
  }
  return table;
}

BundleParts train(PluginHost& plugins) {
  Table rows = made_rows(kTrainingRows);
  Column target;
  target.name = "y";
  for (size_t row = 0; row < kTrainingRows; ++row)
    target.append_number(rows.columns[0].numbers[row] * rows.columns[1].numbers[row]);
  rows.columns.push_back(std::move(target));
  return trained_bundle(kPipeline, {"y", Task::kRegression, TargetTransform::kNone, "", ""}, std::move(rows), plugins);
}

std::vector<StreamSpec> streams() {
  return {{"level_watch", testing::level_watch_params(1e12), StreamSubject::kColumns, {}}};
}

/// A server over a store of its own, with streams or without.
class ServerUnderLoad {
 public:
  ServerUnderLoad(const BundleFiles& model, PluginHost& plugins, const std::vector<StreamSpec>& watched)
      : folder_(std::filesystem::temp_directory_path() / ("veleta_bench_" + new_id())) {
    std::filesystem::create_directories(folder_);
    const std::string uri = "sqlite:///" + (folder_ / "veleta.db").string();
    registry_ = open_registry(uri);
    const TrackedRun run = registry_->create_run(kPipeline, new_id(), "bench", {});
    const int version = registry_->create_version(kPipeline, run.id, model, "made for a benchmark", {}).version;
    registry_->move_alias(kPipeline, kProductionAlias, version, std::nullopt);
    ServeOptions options;
    options.pipeline = kPipeline;
    options.port = 0;
    options.streams = watched;
    server_ = std::make_unique<Server>(
        options, [uri] { return open_store(uri); }, *registry_, plugins);
    thread_ = std::thread([this] { server_->run(); });
    while (testing::ask(server_->port(), "GET", "/readyz").status != 200) std::this_thread::yield();
    client_ = std::make_unique<testing::TestClient>(server_->port());
  }
  ~ServerUnderLoad() {
    client_.reset();
    server_->stop();
    thread_.join();
    std::filesystem::remove_all(folder_);
  }

  /// The CPU time of the server for kRequests requests, all its threads'.
  double send(const std::string& request) {
    const double process = seconds_of(CLOCK_PROCESS_CPUTIME_ID), own = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < kRequests; ++i) {
      client_->send(request);
      if (client_->receive().status != 200) throw Error(ErrorCode::kInternal, "a reply was not 200");
    }
    const double client_s = seconds_of(CLOCK_THREAD_CPUTIME_ID) - own;
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - process - client_s;
  }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::unique_ptr<testing::TestClient> client_;
};

void add_request(const std::string& who, const BundleFiles& model, PluginHost& plugins,
                 const std::vector<StreamSpec>& watched, const std::string& request) {
  const auto server = std::make_shared<ServerUnderLoad>(model, plugins, watched);
  add_timed("/predict of 100 numbers, 2,000 times a row", who, {kRequests, 0},
            [server, request] { return server->send(request); });
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  using namespace veleta::bench;
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  plugins.add_static(&veleta_library_entry);
  const BundleParts parts = train(plugins);
  const BundleFiles model = to_files(parts);
  const Table row = made_rows(1);
  json::object body;
  for (const Column& column : row.columns) body[column.name] = column.numbers[0];
  const std::string request = testing::request_text("POST", "/predict", json::serialize(body));
  add_request("veleta", model, plugins, streams(), request);
  add_request("without streams", model, plugins, {}, request);

  // What a request itself does more: its numbers laid out, and queued.
  InferenceLog log([](const auto&, const auto&) {}, {}, InferenceLog::kCapacityRows, size_t{1} << 40,
                   [](const std::vector<ServedRows>&) {});
  add("one row for its watches, in the request", "veleta", {1, 0}, [&] {
    log.append({}, {1, numbers_of(row), std::vector<double>(1)});
  });
  Monitor monitor(streams(), plugins);
  monitor.begin({"1", parts.input_schema, parts.profile, {}, {}}, {});
  const std::vector<double> numbers = numbers_of(made_rows(1000));
  const std::vector<double> predictions(1000);
  add("1000 rows watched, beside requests", "veleta", {1000, 0}, [&] {
    monitor.take_rows(numbers, predictions);
    monitor.watch(0);
  });
  return run(argc, argv);
}
