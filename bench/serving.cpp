// The real server on loopback, with a model of the mission's houses: closed-loop clients, each on a thread and a
// connection of its own. A time is the server's CPU time for one request: the process's without the client threads'; in
// the cases of the inference log it is time that passes.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "batches.hpp"
#include "data/reader.hpp"
#include "harness.hpp"
#include "server_under_load.hpp"
#include "test_client.hpp"
#include "trained_bundle.hpp"

namespace veleta::bench {
namespace {

using testing::TestClient;

constexpr const char* kPipeline = "realty";
constexpr size_t kTrainingRows = 20000;
constexpr int kLoggedSends = 5;  // not as many as it takes to make one reply's time last

/// 100 trees of depth 6 on the logarithm of the price, as configs/realty.toml learns it.
BundleParts train(const Table& rows, PluginHost& plugins) {
  BundleParts parts =
      trained_bundle(kPipeline, {"price", Task::kRegression, TargetTransform::kLog, "", ""}, rows, plugins);
  parts.rules = realty_options().rules;
  return parts;
}

std::unique_ptr<Store> open_postgres(const std::filesystem::path& folder) {
  StoreOptions options;
  options.blobs = (folder / "blobs").string();
  return open_store(std::getenv("VELETA_BENCH_POSTGRES"), options);
}

/// The rows of the log are thrown away.
std::unique_ptr<Store> open_none(const std::filesystem::path&) {
  throw Error(ErrorCode::kUnavailable, "not asked for");
}

ServeOptions options() {
  ServeOptions options;
  options.pipeline = kPipeline;
  return options;
}

/// Clients that send one request after the other, and what that took.
class Clients {
 public:
  Clients(uint16_t port, size_t count, std::string request) : request_(std::move(request)), workers_(count) {
    for (Worker& worker : workers_) worker.connection = std::make_unique<TestClient>(port);
  }

  /// Sends `requests` from each client and returns the server's CPU time.
  double send(size_t requests) {
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), start = seconds_of(CLOCK_MONOTONIC);
    std::vector<std::thread> threads;
    for (Worker& worker : workers_) threads.emplace_back([&] { work(worker, requests); });
    for (std::thread& thread : threads) thread.join();
    wall_s_ += seconds_of(CLOCK_MONOTONIC) - start;
    double server_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    for (const Worker& worker : workers_) server_s -= worker.cpu_s;
    return server_s;
  }

  /// Requests a second and quantiles of the latency, over all that was sent.
  void report(benchmark::UserCounters& counters) {
    std::vector<double> all;
    for (const Worker& worker : workers_) all.insert(all.end(), worker.latencies_us.begin(), worker.latencies_us.end());
    std::ranges::sort(all);
    counters["requests_per_s"] = static_cast<double>(all.size()) / wall_s_;
    counters["p50_us"] = all[all.size() / 2];
    counters["p99_us"] = all[all.size() * 99 / 100];
  }

  /// Of what was sent since the last call.
  double take_p99_s() {
    std::vector<double> all;
    for (Worker& worker : workers_) {
      all.insert(all.end(), worker.latencies_us.begin(), worker.latencies_us.end());
      worker.latencies_us.clear();
    }
    std::ranges::sort(all);
    return 1e-6 * all[all.size() * 99 / 100];
  }

  bool failed() const { return std::ranges::any_of(workers_, &Worker::failed); }

 private:
  struct Worker {
    std::unique_ptr<TestClient> connection;
    double cpu_s = 0;  ///< in the last send
    std::vector<double> latencies_us;
    bool failed = false;
  };

  void work(Worker& worker, size_t requests) {
    for (size_t i = 0; i < requests && !worker.failed; ++i) {
      const double start = seconds_of(CLOCK_MONOTONIC);
      worker.connection->send(request_);
      worker.failed = worker.connection->receive().status != 200;
      worker.latencies_us.push_back(1e6 * (seconds_of(CLOCK_MONOTONIC) - start));
    }
    worker.cpu_s = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  }

  std::string request_;
  std::vector<Worker> workers_;
  double wall_s_ = 0;
};

/// One cell of a row, as a client sends it.
json::value cell(const Column& column, size_t row) {
  if (column.is_missing(row)) return nullptr;
  if (column.type == ColumnType::kNumber) return column.numbers[row];
  return json::value(column.type == ColumnType::kCategory ? column.label(row) : format_iso_time(column.numbers[row]));
}

json::object json_row(const Table& table, size_t row) {
  json::object object;
  for (const Column& column : table.columns)
    if (column.name != "price") object[column.name] = cell(column, row);
  return object;
}

std::string one_row(const Table& table) { return json::serialize(json_row(table, kTrainingRows)); }

std::string hundred_rows(const Table& table) {
  json::array rows;
  for (size_t row = 0; row < 100; ++row) rows.push_back(json_row(table, kTrainingRows + row));
  return json::serialize(json::object{{"rows", rows}});
}

void add_load(const ServerUnderLoad& server, const std::string& name, const std::string& who, size_t clients,
              size_t requests, const std::string& request) {
  const std::string case_name = name + (clients == 1 ? ", 1 client" : ", " + std::to_string(clients) + " clients");
  benchmark::RegisterBenchmark((case_name + "/" + who).c_str(), [=, &server](benchmark::State& state) {
    Clients load(server.port(), clients, request);
    while (state.KeepRunningBatch(static_cast<int64_t>(clients * requests)))
      state.SetIterationTime(load.send(requests));
    load.report(state.counters);
    if (load.failed()) state.SkipWithError("a reply was not 200");
  })->UseManualTime();
}

void add_all(const ServerUnderLoad& server, const Table& rows) {
  const auto post = [](const char* path, const std::string& body) { return testing::request_text("POST", path, body); };
  const std::string floor = testing::request_text("GET", "/healthz"), row = one_row(rows), many = hundred_rows(rows);
  for (const size_t clients : {1, 8}) {
    const auto add_case = [&](const std::string& name, size_t requests, const std::string& request) {
      add_load(server, name, "veleta", clients, requests, request);
      add_load(server, name, "healthz of this server", clients, requests, floor);
    };
    add_case("/predict, 1 row", 1000, post("/predict", row));
    add_case("/predict?explain=top5, 1 row", 1000, post("/predict?explain=top5", row));
    add_case("/explain, 1 row", 1000, post("/explain", row));
    add_case("/predict, 100 rows", 100, post("/predict", many));
    add_case("/explain, 100 rows", 20, post("/explain", many));
  }
}

/// The time that passes between two replies, and the latency of the slowest hundredth, while the rows are logged.
void add_logged(const ServerUnderLoad& server, const std::string& name, const std::string& who, size_t clients,
                size_t requests, const std::string& request) {
  const auto add_figure = [&](const std::string& figure, const std::function<double(Clients&)>& measure) {
    const auto run = [=, &server](benchmark::State& state) {
      Clients load(server.port(), clients, request);
      server.drain_log();
      for (auto _ : state) state.SetIterationTime(measure(load));
      if (load.failed()) state.SkipWithError("a reply was not 200");
      state.counters["dropped_rows"] = server.metric("veleta_inference_log_rows_total{result=\"dropped\"}");
    };
    benchmark::RegisterBenchmark((name + ", " + figure + "/" + who).c_str(), run)
        ->UseManualTime()
        ->Iterations(kLoggedSends);
  };
  add_figure("between replies", [=](Clients& load) {
    const double start = seconds_of(CLOCK_MONOTONIC);
    load.send(requests);
    return (seconds_of(CLOCK_MONOTONIC) - start) / static_cast<double>(requests * clients);
  });
  add_figure("p99", [=](Clients& load) {
    load.send(requests);
    return load.take_p99_s();
  });
}

/// The model, a row of it as a client sends it, and the same row encoded, for Python.
void add_peers(const ServerUnderLoad& server, const BundleParts& parts, const Table& rows) {
  if (!has_python()) return;
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "veleta_bench_explain";
  Matrix encoded = parts.features.encode(rows.select(std::vector<size_t>{kTrainingRows}));
  Table table;
  for (size_t column = 0; column < encoded.columns; ++column) {
    Column& cells = table.columns.emplace_back();
    cells.name = "f" + std::to_string(column);
    cells.append_number(encoded.values[column]);
  }
  const std::string model = folder / "model.ubj", row = folder / "row.csv", body = folder / "row.json",
                    training = folder / "training.csv";
  write_file_atomically(model, parts.learner_bytes);
  write_file_atomically(row, to_csv(table));
  write_file_atomically(body, one_row(rows));
  write_file_atomically(training, to_csv(first_rows(rows, kTrainingRows)));
  const std::string name = "one row explained, from Python";
  add_python(name, "veleta", {}, "explain_over_http", {std::to_string(server.port()), body});
  add_python(name, "HTTP and JSON alone", {}, "http_and_json_alone", {std::to_string(server.port()), body});
  add_python(name, "pandas, xgboost and shap", {}, "explain_raw_row", {training, body});
  add_python(name, "shap, of an encoded row", {}, "explain_by_shap", {model, row});
  add_python(name, "xgboost, of an encoded row", {}, "explain_by_xgboost", {model, row});
  add_python(name, "shap behind FastAPI", {}, "explain_by_fastapi", {model, row});
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  using namespace veleta::bench;
  const Table rows = batch_table(0);
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const BundleParts parts = train(first_rows(rows, kTrainingRows), plugins);
  const BundleFiles model = to_files(parts);
  const ServerUnderLoad on_sqlite(options(), model, plugins, open_sqlite),
      without(options(), model, plugins, open_none);
  add_all(on_sqlite, rows);
  add_peers(without, parts, rows);
  std::vector<std::pair<std::string, const ServerUnderLoad*>> loggers{{"logged to SQLite", &on_sqlite},
                                                                      {"without a log", &without}};
  std::optional<ServerUnderLoad> on_postgres;
  if (std::getenv("VELETA_BENCH_POSTGRES"))
    loggers.insert(loggers.begin(), {"veleta", &on_postgres.emplace(options(), model, plugins, open_postgres)});
  const std::string one = testing::request_text("POST", "/predict", one_row(rows)),
                    many = testing::request_text("POST", "/predict", hundred_rows(rows));
  for (const auto& [who, server] : loggers) {
    add_logged(*server, "/predict logged, 1 row, 1 client", who, 1, 2000, one);
    add_logged(*server, "/predict logged, 1 row, 8 clients", who, 8, 1000, one);
    add_logged(*server, "/predict logged, 100 rows, 8 clients", who, 8, 50, many);
  }
  return run(argc, argv);
}
