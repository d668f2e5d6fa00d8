// The hooks on loopback, over a store: what a start and a poll cost, and 10,000 clients that wait at a time. Latencies
// are a client's, over one connection; a time is the server's CPU time for one request. With VELETA_BENCH_POSTGRES the
// hooks are measured over that server too; `handler_us` is the time in the handler, the store's included.
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>

#include "base/ids.hpp"
#include "file_limit.hpp"
#include "harness.hpp"
#include "hook_server.hpp"
#include "process_figures.hpp"

namespace veleta::bench {
namespace {

using testing::HookServer;
using testing::request_text;
using testing::TestClient;

constexpr size_t kWaiting = 10'000;
constexpr size_t kRequests = 500;

std::string put(const std::string& id) {
  return request_text("PUT", "/v1/pipelines/rent/runs/" + id, R"({"batch": "3", "attempt": 1})");
}

/// What a case sends, and what it does after each reply, in its own time.
struct Exchange {
  std::function<std::string()> request;
  int expected = 200;
  std::function<void()> clear_up = [] {};
};

/// Sends one request after the other; returns the server's CPU time and keeps the latencies.
double send(TestClient& client, const Exchange& exchange, std::vector<double>& latencies_us) {
  const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), own = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  for (size_t i = 0; i < kRequests; ++i) {
    const std::string request = exchange.request();
    const double start = seconds_of(CLOCK_MONOTONIC);
    client.send(request);
    if (client.receive().status != exchange.expected) throw std::runtime_error("another status than expected");
    latencies_us.push_back(1e6 * (seconds_of(CLOCK_MONOTONIC) - start));
    exchange.clear_up();
  }
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu - (seconds_of(CLOCK_THREAD_CPUTIME_ID) - own);
}

/// Seconds that the server spent in the handlers of a route, and how many requests that were.
std::pair<double, double> handled(const HookServer& server, const std::string& route) {
  const std::string text = server.figures();
  const auto figure = [&](const char* what) {
    const std::string name = std::string("veleta_http_request_duration_seconds_") + what + "{route=\"" + route + "\"} ";
    return std::stod(text.substr(text.find(name) + name.size()));
  };
  return {figure("sum"), figure("count")};
}

void add_case(HookServer& server, const std::string& name, const std::string& store, const std::string& route,
              const Exchange& exchange) {
  benchmark::RegisterBenchmark((name + "/" + store).c_str(), [=, &server](benchmark::State& state) {
    TestClient client(server.port());
    std::vector<double> latencies_us;
    const auto [seconds, count] = handled(server, route);
    while (state.KeepRunningBatch(kRequests)) state.SetIterationTime(send(client, exchange, latencies_us));
    const auto [seconds_after, count_after] = handled(server, route);
    std::ranges::sort(latencies_us);
    state.counters["p50_us"] = latencies_us[latencies_us.size() / 2];
    state.counters["p99_us"] = latencies_us[latencies_us.size() * 99 / 100];
    state.counters["handler_us"] = 1e6 * (seconds_after - seconds) / (count_after - count);
  })->UseManualTime();
}

void add_store(HookServer& server, const std::string& store) {
  server.put("queued");
  server.put("repeated", R"({"batch": "3"})");
  const std::string route = "/v1/pipelines/{pipeline}/runs/{run_id}", run = "/v1/pipelines/rent/runs/queued";
  const auto id = std::make_shared<std::string>();
  // The queue stays short, as it is where runners work.
  add_case(server, "start of a run", store, route,
           {[id] { return put(*id = new_id()); }, 201, [id, &server] { server.queue().cancel("rent", *id); }});
  add_case(server, "start repeated", store, route, {[] { return put("repeated"); }});
  add_case(server, "poll of /done", store, route + "/done",
           {[run] { return request_text("GET", run + "/done"); }, 404});
  add_case(server, "poll of a run", store, route, {[run] { return request_text("GET", run); }});
}

/// Clients in a process of their own, as one process may not have so many sockets. They wait for a run's end.
class WaitingClients {
 public:
  WaitingClients() {
    if (pipe(to_child_) != 0 || pipe(from_child_) != 0) throw std::runtime_error("no pipe");
    child_ = fork();
    if (child_ == 0) _exit(run_child());
  }
  ~WaitingClients() {
    close(to_child_[1]);
    waitpid(child_, nullptr, 0);
  }
  WaitingClients(const WaitingClients&) = delete;
  WaitingClients& operator=(const WaitingClients&) = delete;

  /// Returns when all have asked.
  void ask(uint16_t port) {
    tell(to_child_[1], port);
    hear<char>(from_child_[0]);
  }
  /// How many had the reply that they waited for.
  size_t await_replies() { return hear<size_t>(from_child_[0]); }

 private:
  template <typename Value>
  static void tell(int pipe_end, Value value) {
    if (write(pipe_end, &value, sizeof value) != sizeof value) std::abort();
  }
  template <typename Value>
  static Value hear(int pipe_end) {
    Value value{};
    if (read(pipe_end, &value, sizeof value) != sizeof value) return Value();
    return value;
  }

  int run_child() const {
    close(to_child_[1]);
    raise_file_limit();
    const auto port = hear<uint16_t>(to_child_[0]);
    if (port == 0) return 0;
    std::list<TestClient> clients;
    for (size_t i = 0; i < kWaiting; ++i)
      clients.emplace_back(port).send(request_text("GET", "/v1/pipelines/rent/runs/awaited/done?wait=30s"));
    tell(from_child_[1], 'r');
    size_t replies = 0;
    for (TestClient& client : clients) replies += client.receive().status == 200;
    tell(from_child_[1], replies);
    return 0;
  }

  int to_child_[2]{}, from_child_[2]{};
  pid_t child_ = 0;
};

size_t open_files() { return static_cast<size_t>(process_figures().open_files); }

void measure_waiting(WaitingClients& clients) {
  raise_file_limit();
  HookServer server;
  server.put("awaited");
  const Claim claim = server.claim();
  const double before_bytes = process_figures().resident_bytes;
  const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  clients.ask(server.port());
  while (open_files() < kWaiting) usleep(1000);
  sleep(1);
  const ProcessFigures waiting = process_figures();
  const double asked_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  sleep(3);
  const double idle_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  const double start = seconds_of(CLOCK_MONOTONIC);
  server.finish(claim, testing::promoted());
  const size_t replies = clients.await_replies();
  std::printf(
      "%zu long polls of /done: %.0f MiB resident, %.1f kB each; asking them cost %.2f s of CPU, waiting %.1f ms a "
      "second; %zu had their reply %.2f s after the run's end, for %.2f s of CPU\n",
      kWaiting, waiting.resident_bytes / (1 << 20), (waiting.resident_bytes - before_bytes) / 1000 / kWaiting,
      asked_cpu - cpu, 1000 * (idle_cpu - asked_cpu) / 3, replies, seconds_of(CLOCK_MONOTONIC) - start,
      seconds_of(CLOCK_PROCESS_CPUTIME_ID) - idle_cpu);
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  {
    bench::WaitingClients clients;
    bench::measure_waiting(clients);
  }
  testing::HookServer on_sqlite;
  bench::add_store(on_sqlite, "veleta");
  std::unique_ptr<testing::HookServer> on_postgres;
  if (const char* uri = std::getenv("VELETA_BENCH_POSTGRES")) {
    on_postgres = std::make_unique<testing::HookServer>("", nullptr, uri);
    bench::add_store(*on_postgres, "veleta on PostgreSQL");
  }
  return bench::run(argc, argv);
}
