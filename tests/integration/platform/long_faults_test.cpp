#include <fmt/format.h>
#include <gmock/gmock.h>
#include <thread>

#include "faulty_platform.hpp"

// Each way to fail by itself, at every step; and servers that are away for longer than a run waits for them.

namespace veleta::test {
namespace {

using testing::FaultProxy;

constexpr size_t kBatches = 2;
constexpr int kMoreExchangesThanAnyRun = 1500;

/// A server's name, and how its exchanges are gone through.
struct Server {
  const char* name;
  FaultProxy& (FaultyPlatform::*proxy)();
  const std::vector<NamedFault>& (*faults)();
  int gap, step;              ///< about every `gap`th fails, first from one exchange on, then from a `step` later
  std::vector<int> absences;  ///< at these exchanges of a run it goes away
};

const Server kServers[] = {
    {"Postgres", &FaultyPlatform::postgres, &postgres_faults, 23, 6, {30, 110, 190}},
    {"S3", &FaultyPlatform::s3, &http_faults, 2, 1, {1, 3, 4}},
    {"Mlflow", &FaultyPlatform::mlflow, &http_faults, 7, 3, {2, 20, 50, 55, 60}},
};

class LongFaults : public ::testing::TestWithParam<std::pair<const Server*, size_t>> {
 protected:
  void expect_right(FaultyPlatform& platform, size_t batch_count) {
    start_over(api_);
    platform.expect_right(api_.url(), batch_count);
    start_over(api_);
  }

  const Folder folder_;
  const DataApi api_{folder_};
};

TEST_P(LongFaults, EndRightWhereverTheyHappen) {
  const auto& [server, number] = GetParam();
  const NamedFault& fault = server->faults()[number];
  for (int first = 1; first <= server->gap; first += server->step) {
    SCOPED_TRACE(fmt::format("{}, every {}th exchange from the {}th on", fault.name, server->gap, first));
    FaultyPlatform platform(api_.url());
    FaultProxy& proxy = (platform.*server->proxy)();
    // Not as regular as the tries of a call that takes several exchanges: each would meet the fault at the same place.
    for (int nth = first, past = 0; nth < kMoreExchangesThanAnyRun; nth += server->gap + past++ % 3)
      platform.plan(proxy, fault, nth);
    platform.run_batches(kBatches);
    platform.print_table();
    expect_right(platform, kBatches);
  }
}

std::vector<std::pair<const Server*, size_t>> every_fault() {
  std::vector<std::pair<const Server*, size_t>> all;
  for (const auto& server : kServers)
    for (size_t i = 0; i < server.faults().size(); ++i) all.emplace_back(&server, i);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Each, LongFaults, ::testing::ValuesIn(every_fault()), [](const auto& instance) {
  return fmt::format("{}{}", instance.param.first->name, instance.param.second);
});

class Absence : public LongFaults {};

TEST_P(Absence, LongerThanARunsPatienceEndsItAndTheNextOneGoesOn) {
  const Server& server = *GetParam().first;
  FaultyPlatform platform(api_.url());
  FaultProxy& proxy = (platform.*server.proxy)();
  int given_up = 0;
  for (const int exchange : server.absences) {
    const int before = proxy.counts().exchanges;
    const auto running = platform.pipeline().start("run");
    while (running->is_running() && proxy.counts().exchanges < before + exchange)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    proxy.down();
    const int status = running->wait();
    EXPECT_THAT(status, ::testing::AnyOf(0, 3, 4, 9)) << running->output();
    given_up += status != 0;
    fmt::print("| {} | away from exchange {} on | status {}: {} |\n", server.name, exchange, status,
               status ? "the run ended with an error, the next one went on" : "the run had done with it");
    proxy.up();
  }
  EXPECT_GT(given_up, 0);
  platform.run_batches(kBatches);
  // A run that had done with the server when it went away has decided on its batch, and the next one took another.
  expect_right(platform, platform.decided());
}

INSTANTIATE_TEST_SUITE_P(Each, Absence,
                         ::testing::Values(std::pair(&kServers[0], 0), std::pair(&kServers[1], 0),
                                           std::pair(&kServers[2], 0)),
                         [](const auto& instance) { return instance.param.first->name; });

}  // namespace
}  // namespace veleta::test
