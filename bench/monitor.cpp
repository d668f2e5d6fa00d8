// What it costs to watch what is served: a model of 100 numbers, each under a Page-Hinkley test. A time is the server's
// CPU time.
#include <atomic>
#include <memory>
#include <random>

#include "harness.hpp"
#include "inference_log.hpp"
#include "monitor/monitor.hpp"
#include "server_under_load.hpp"
#include "test_client.hpp"
#include "trained_bundle.hpp"

namespace veleta::bench {
namespace {

constexpr const char* kPipeline = "hundred";
constexpr size_t kColumns = 100, kTrainingRows = 2000, kRequests = 2000;
/// What comes between two looks of the inference log at 10,000 requests a second.
constexpr size_t kGathered = 500;

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

std::vector<StreamSpec> streams(PluginHost& plugins) {
  const std::string name = "page_hinkley";
  const auto& params = plugins.describe(PluginKind::kDetector, name).params;
  return {{name, default_values(params), StreamSubject::kColumns, {}}};
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

/// What a request itself does more: its numbers laid out, and queued for the watches.
class QueuedRows {
 public:
  explicit QueuedRows(const Table& row) : row_(row) {}

  /// The CPU time of queueing kGathered rows; the queue is empty again when it returns.
  double queue() {
    const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < kGathered; ++i) log_.append({}, {1, numbers_of(row_), std::vector<double>(1)});
    const double seconds = seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
    queued_ += kGathered;
    log_.append(std::vector<InferenceRecord>(InferenceLog::kBatchRows));  // wakes the log's thread
    for (size_t taken = taken_; taken < queued_; taken = taken_) taken_.wait(taken);
    return seconds;
  }

 private:
  void take(const std::vector<ServedRows>& blocks) {
    for (const ServedRows& block : blocks) taken_ += block.predictions.size();
    taken_.notify_one();
  }

  const Table row_;
  size_t queued_ = 0;
  std::atomic<size_t> taken_ = 0;
  InferenceLog log_{[](const auto&, const auto&) {},
                    {},
                    InferenceLog::kCapacityRows,
                    InferenceLog::kCapacityBytes,
                    [this](const std::vector<ServedRows>& blocks) { take(blocks); }};
};

/// What the watches do beside requests, of rows in blocks as the log queues them.
void watch(Monitor& monitor, const std::vector<ServedRows>& blocks) {
  for (const ServedRows& block : blocks) monitor.take_rows(block.numbers, block.predictions);
  monitor.watch(0);
}

std::vector<ServedRows> blocks_of(const Table& rows) {
  std::vector<ServedRows> blocks;
  const std::vector<double> numbers = numbers_of(rows);
  for (auto row = numbers.begin(); row != numbers.end(); row += kColumns)
    append_to_blocks(blocks, {1, {row, row + kColumns}, {0}});
  return blocks;
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  using namespace veleta::bench;
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const BundleParts parts = train(plugins);
  const BundleFiles model = to_files(parts);
  const Table row = made_rows(1);
  json::object body;
  for (const Column& column : row.columns) body[column.name] = column.numbers[0];
  const std::string request = testing::request_text("POST", "/predict", json::serialize(body));
  const std::vector<StreamSpec> watched = streams(plugins);
  add_request("veleta", model, plugins, watched, request);
  add_request("without streams", model, plugins, {}, request);

  const auto queued = std::make_shared<QueuedRows>(row);
  add_timed("a row queued for its watches, in the request", "veleta", {kGathered, 0}, [queued] { return queued->queue(); });
  Monitor monitor(watched, plugins);
  monitor.begin({"1", parts.input_schema, parts.profile, {}, {}}, {});
  const std::vector<ServedRows> blocks = blocks_of(made_rows(kGathered));
  add("a row watched, beside requests", "veleta", {kGathered, 0}, [&] { watch(monitor, blocks); });
  return run(argc, argv);
}
