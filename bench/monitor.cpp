// What it costs to watch what is served: a model of 100 numbers, each under the watch of a detector. A time is the
// server's CPU time.
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

std::vector<StreamSpec> streams(const std::string& detector, PluginHost& plugins) {
  const auto& params = plugins.describe(PluginKind::kDetector, detector).params;
  return {{detector, default_values(params), StreamSubject::kColumns, {}}};
}

std::vector<std::string> requests_of(const Table& rows) {
  std::vector<std::string> requests;
  for (size_t row = 0; row < rows.row_count(); ++row) {
    json::object body;
    for (const Column& column : rows.columns) body[column.name] = column.numbers[row];
    requests.push_back(testing::request_text("POST", "/predict", json::serialize(body)));
  }
  return requests;
}

/// The CPU time of this process's server for the requests, all its threads'.
double send(testing::TestClient& client, const std::vector<std::string>& requests) {
  const double process = seconds_of(CLOCK_PROCESS_CPUTIME_ID), own = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  for (const std::string& request : requests) {
    client.send(request);
    if (client.receive().status != 200) throw Error(ErrorCode::kInternal, "a reply was not 200");
  }
  const double client_s = seconds_of(CLOCK_THREAD_CPUTIME_ID) - own;
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - process - client_s;
}

void add_requests(const std::string& who, const BundleFiles& model, PluginHost& plugins,
                  const std::vector<StreamSpec>& watched, const std::vector<std::string>& requests) {
  ServeOptions options;
  options.pipeline = kPipeline;
  options.streams = watched;
  const auto server = std::make_shared<ServerUnderLoad>(options, model, plugins, open_sqlite);
  const auto client = std::make_shared<testing::TestClient>(server->port());
  add_timed("2,000 times /predict of a row", who, {kRequests, 0},
            [server, client, requests] { return send(*client, requests); });
}

/// What a request itself does more: its numbers are queued for the watches.
class QueuedRows {
 public:
  explicit QueuedRows(const Table& row) : row_(row) {}

  /// The CPU time of queueing kGathered rows; the queue is empty again when it returns.
  double queue() {
    const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < kGathered; ++i) log_.append({}, {1, &row_, {&prediction_, 1}});
    const double seconds = seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
    queued_ += kGathered;
    log_.append(std::vector<InferenceRecord>(InferenceLog::kBatchRows));  // wakes the log's thread
    for (size_t taken = taken_; taken < queued_; taken = taken_) taken_.wait(taken);
    return seconds;
  }

 private:
  void take(const std::vector<ServedBlock>& blocks) {
    for (const ServedBlock& block : blocks) taken_ += block.row_count();
    taken_.notify_one();
  }

  const Table row_;
  const double prediction_ = 0;
  size_t queued_ = 0;
  std::atomic<size_t> taken_ = 0;
  InferenceLog log_{[](const auto&, const auto&) {},
                    {},
                    InferenceLog::kCapacityRows,
                    InferenceLog::kCapacityBytes,
                    [this](const std::vector<ServedBlock>& blocks) { take(blocks); }};
};

/// As the log queues rows that come one by one.
std::vector<ServedBlock> blocks_of(const Table& rows) {
  std::vector<ServedBlock> blocks;
  const double prediction = 0;
  for (size_t row = 0; row < rows.row_count(); ++row) {
    const Table one = rows.select(std::span(&row, 1));
    append_to(blocks, {1, &one, {&prediction, 1}});
  }
  return blocks;
}

/// What the server does beside its requests.
void watch(Monitor& monitor, const std::vector<ServedBlock>& blocks) {
  for (const ServedBlock& block : blocks) monitor.take_rows(block.columns(), block.predictions());
  monitor.watch(0);
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  using namespace veleta::bench;
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const BundleParts parts = train(plugins);
  const BundleFiles model = to_files(parts);
  const std::vector<std::string> requests = requests_of(made_rows(kRequests));
  add_requests("veleta", model, plugins, streams("ewma", plugins), requests);
  add_requests("without streams", model, plugins, {}, requests);

  const auto queued = std::make_shared<QueuedRows>(made_rows(1));
  add_timed("a row queued for its watches", "veleta", {kGathered, 0}, [queued] { return queued->queue(); });
  const auto blocks = std::make_shared<const std::vector<ServedBlock>>(blocks_of(made_rows(kGathered)));
  for (const std::string detector : {"ewma", "page_hinkley", "e_detector", "cusum", "adwin"}) {
    const auto monitor = std::make_shared<Monitor>(streams(detector, plugins), plugins);
    monitor->begin({"1", parts.input_schema, parts.profile, {}, {}}, {});
    add("a row watched by " + detector, "veleta", {kGathered, 0}, [monitor, blocks] { watch(*monitor, *blocks); });
  }
  return run(argc, argv);
}
