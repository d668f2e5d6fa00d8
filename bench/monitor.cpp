// What it costs to watch what is served: a model of 100 numbers, each under the watch of a detector that adds up. A
// time is the server's CPU time.
#include <memory>
#include <random>

#include "harness.hpp"
#include "inference_log.hpp"
#include "level_watch.hpp"
#include "monitor/monitor.hpp"
#include "server_under_load.hpp"
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

/// The CPU time of this process's server for kRequests requests, all its threads'.
double send(testing::TestClient& client, const std::string& request) {
  const double process = seconds_of(CLOCK_PROCESS_CPUTIME_ID), own = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  for (size_t i = 0; i < kRequests; ++i) {
    client.send(request);
    if (client.receive().status != 200) throw Error(ErrorCode::kInternal, "a reply was not 200");
  }
  const double client_s = seconds_of(CLOCK_THREAD_CPUTIME_ID) - own;
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - process - client_s;
}

/// With streams or without.
void add_request(const std::string& who, const BundleFiles& model, PluginHost& plugins,
                 const std::vector<StreamSpec>& watched, const std::string& request) {
  ServeOptions options;
  options.pipeline = kPipeline;
  options.streams = watched;
  const auto server = std::make_shared<ServerUnderLoad>(options, model, plugins, open_sqlite);
  const auto client = std::make_shared<testing::TestClient>(server->port());
  add_timed("/predict of 100 numbers, 2,000 times a row", who, {kRequests, 0},
            [server, client, request] { return send(*client, request); });
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
