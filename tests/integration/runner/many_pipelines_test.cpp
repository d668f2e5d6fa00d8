#include <fmt/format.h>
#include <gmock/gmock.h>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <ranges>
#include <thread>

#include "base/files.hpp"
#include "requests.hpp"
#include "test_client.hpp"

// A queue of a thousand runs of fifty pipelines.
namespace veleta::test {
namespace {

constexpr int kPipelines = 50, kRunsOfEach = 20;

std::string name_of(int pipeline) { return fmt::format("p{:02}", pipeline); }

/// The first run of each trains; there is nothing new for the others.
std::vector<std::string> write_pipelines(const Folder& folder) {
  std::string rows = "x,y\n";
  for (int i = 0; i < 300; ++i) rows += fmt::format("{},{}\n", i % 17, 3 * (i % 17) + 0.01 * i);
  write_file_atomically(folder / "data.csv", rows);
  std::vector<std::string> files;
  for (int i = 0; i < kPipelines; ++i) {
    files.push_back((folder / (name_of(i) + ".toml")).string());
    write_file_atomically(files.back(), fmt::format(R"(
[pipeline]
name = "{0}"
target = "y"
[source]
plugin = "csv"
path = "{1}/data.csv"
[[learner]]
plugin = "ridge"
[store]
uri = "sqlite:///{1}/all.db"
[registry]
uri = "sqlite:///{1}/all.db"
)",
                                                    name_of(i), folder.path().string()));
  }
  return files;
}

double memory_kb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      double kb = 0;
      status >> kb;
      return kb;
    }
  return 0;
}

/// A server of the first pipeline that runs all of them.
class Host {
 public:
  Host(const std::vector<std::string>& files, const Folder& folder)
      : process_(binary("veleta"), arguments(files), folder / "serve.log") {
    while (port_ == 0) {
      const std::string said = process_.output();
      const size_t at = said.find("on http://127.0.0.1:");
      if (at != std::string::npos && said.find('\n', at) != std::string::npos)
        port_ = static_cast<uint16_t>(std::stoi(said.substr(at + 20)));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  uint16_t port() const { return port_; }
  double memory_kb() const { return test::memory_kb(process_.pid()); }

  /// The latency that 99 of 100 predictions stay below, over so many, one after the other.
  double p99_us(int requests) const {
    testing::TestClient client(port_);
    std::vector<double> latencies;
    for (int i = 0; i < requests; ++i) {
      const auto start = std::chrono::steady_clock::now();
      client.send(testing::request_text("POST", "/predict", R"({"x": 3})"));
      EXPECT_EQ(client.receive().status, 200);
      latencies.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(latencies);
    return latencies[latencies.size() * 99 / 100];
  }

 private:
  static std::vector<std::string> arguments(const std::vector<std::string>& files) {
    std::vector<std::string> all{"serve", "--port", "0"};
    all.insert(all.end(), files.begin(), files.end());
    return all;
  }

  Process process_;
  uint16_t port_ = 0;
};

void submit(RunQueue& queue, const std::string& pipeline, int run) {
  NewRequest request;
  request.pipeline = pipeline;
  request.id = fmt::format("run-{:02}", run);
  request.body = "{}";
  request.digest = "d";
  queue.submit(request);
}

/// Follows the requests that start, each pipeline's in its order, and how far the pipelines get from each other.
class Starts {
 public:
  void see(const Event& event) {
    int& count = counts_[event.pipeline];
    EXPECT_EQ(event.run_id, fmt::format("run-{:02}", count)) << event.pipeline;
    ++count;
    ++seen;
    const auto count_of = [](const auto& one) { return one.second; };
    const int most = std::ranges::max(counts_ | std::views::transform(count_of));
    const int least = counts_.size() < kPipelines ? 0 : std::ranges::min(counts_ | std::views::transform(count_of));
    widest = std::max(widest, most - least);
  }
  int seen = 0, widest = 0;

 private:
  std::map<std::string, int> counts_;
};

TEST(ManyPipelines, DrainInOrderAndFairlyWithFlatMemory) {
  const Folder folder;
  const auto files = write_pipelines(folder);
  Requests requests(folder / "all.db", name_of(0));
  const Host host(files, folder);
  submit(requests.queue(), name_of(0), 0);
  requests.wait_for_end("run-00");
  while (testing::ask(host.port(), "GET", "/readyz").status != 200)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double alone_us = host.p99_us(3000);

  for (int run = 0; run < kRunsOfEach; ++run)
    for (int i = 0; i < kPipelines; ++i) submit(requests.queue(), name_of(i), run);
  Starts starts;
  std::vector<double> beside_us;
  double after_tenth_kb = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t after = 0; starts.seen < kPipelines * kRunsOfEach && !HasFailure();) {
    beside_us.push_back(host.p99_us(300));
    for (const auto& event : requests.queue().events({after, "", {"started"}, 1000})) {
      after = event.number;
      starts.see(event);
    }
    if (after_tenth_kb == 0 && starts.seen > kPipelines * kRunsOfEach / 10) after_tenth_kb = host.memory_kb();
  }
  EXPECT_LE(starts.widest, 2) << "no pipeline gets ahead of the others";
  EXPECT_LT(host.memory_kb(), 1.3 * after_tenth_kb);
  std::ranges::sort(beside_us);
  fmt::print(
      "1,000 runs in {:.0f} s; p99 of predictions alone {:.0f} us, beside them {:.0f} us (median of {}); memory after "
      "a tenth {:.0f} kB, at the end {:.0f} kB\n",
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), alone_us,
      beside_us[beside_us.size() / 2], beside_us.size(), after_tenth_kb, host.memory_kb());
}

}  // namespace
}  // namespace veleta::test
