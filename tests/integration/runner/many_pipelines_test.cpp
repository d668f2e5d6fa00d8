#include <fmt/format.h>
#include <gmock/gmock.h>
#include <fstream>
#include <map>

#include "base/files.hpp"
#include "requests.hpp"

// A queue of a thousand runs of fifty pipelines.
namespace veleta::test {
namespace {

constexpr int kPipelines = 50, kRunsOfEach = 20;

std::string name_of(int pipeline) { return fmt::format("p{:02}", pipeline); }

/// The first run of each trains; there is nothing new for the others.
std::vector<std::string> write_pipelines(const Folder& folder) {
  std::string rows = "x,y\n";
  for (int i = 0; i < 300; ++i) rows += fmt::format("{},{}\n", i % 17, 3 * (i % 17) + i % 5);
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

double memory_kb(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      double kb = 0;
      status >> kb;
      return kb;
    }
  return 0;
}

std::string pid_in(const std::string& runner_name) {
  const size_t colon = runner_name.find(':');
  return runner_name.substr(colon + 1, runner_name.find(':', colon + 1) - colon - 1);
}

TEST(ManyPipelines, DrainInOrderAndFairlyWithFlatMemory) {
  const Folder folder;
  const auto files = write_pipelines(folder);
  Requests requests(folder / "all.db", name_of(0));
  for (int run = 0; run < kRunsOfEach; ++run)
    for (int i = 0; i < kPipelines; ++i) {
      NewRequest request;
      request.pipeline = name_of(i);
      request.id = fmt::format("run-{:02}", run);
      request.body = "{}";
      request.digest = "d";
      requests.queue().submit(request);
    }
  RunnerProgram runner(files, folder.path(), {"--threads", "2"});
  std::map<std::string, int> started;
  std::vector<int> lead;  // of the pipeline furthest on over the one furthest behind, each time one starts
  double after_first_kb = 0;
  int64_t after = 0;
  for (int seen = 0; seen < kPipelines * kRunsOfEach;) {
    for (const auto& event : requests.queue().events({after, "", {"started"}, 100})) {
      after = event.number;
      EXPECT_EQ(event.run_id, fmt::format("run-{:02}", started[event.pipeline])) << event.pipeline;
      ++started[event.pipeline];
      ++seen;
      int most = 0, least = kRunsOfEach;
      for (int i = 0; i < kPipelines; ++i) {
        most = std::max(most, started[name_of(i)]);
        least = std::min(least, started[name_of(i)]);
      }
      lead.push_back(most - least);
      if (seen == 2 * kPipelines) after_first_kb = memory_kb(pid_in(text_or_empty(event.data, "runner")));
    }
    if (!HasFailure()) continue;
    break;
  }
  for (int i = 0; i < kPipelines; ++i) requests.queue().find(name_of(i), fmt::format("run-{:02}", kRunsOfEach - 1));
  EXPECT_LE(*std::max_element(lead.begin(), lead.end()), 2) << "no pipeline gets ahead of the others";
  const auto last = requests.queue().events({after - 1, "", {"started"}, 1});
  const double at_end_kb = memory_kb(pid_in(text_or_empty(last.at(0).data, "runner")));
  EXPECT_GT(after_first_kb, 0);
  EXPECT_LT(at_end_kb, 1.3 * after_first_kb);
  fmt::print("memory after 100 runs {:.0f} kB, at the end {:.0f} kB\n", after_first_kb, at_end_kb);
}

}  // namespace
}  // namespace veleta::test
