#include <fmt/format.h>
#include <gmock/gmock.h>
#include <chrono>
#include <thread>

#include "faulty_platform.hpp"

// Servers that fail in the middle of a run: whatever happens, in the end each batch is decided on once, as without it.

namespace veleta::test {
namespace {

using testing::FaultProxy;

constexpr int kMoreExchangesThanAnyRun = 1500;

/// Which exchanges of a server fail: every `gap`th from the `first` on, each in the next way of the list, which begins
/// at its `way`.
struct Pattern {
  const char* server;
  int gap, first, way;
  size_t batches = 2;

  friend void PrintTo(const Pattern& pattern, std::ostream* out) {
    *out << pattern.server << ", every " << pattern.gap << "th from the " << pattern.first << "th on, way "
         << pattern.way;
  }
};

std::string name_of(const ::testing::TestParamInfo<Pattern>& info) {
  return fmt::format("{}Every{}From{}Way{}", info.param.server, info.param.gap, info.param.first, info.param.way);
}

class ServersThatFail : public ::testing::TestWithParam<Pattern> {
 protected:
  FaultProxy& proxy() {
    const std::string name = GetParam().server;
    return name == "Postgres" ? platform_.postgres() : name == "S3" ? platform_.s3() : platform_.mlflow();
  }
  const std::vector<NamedFault>& faults() const {
    return GetParam().server == std::string("Postgres") ? postgres_faults() : http_faults();
  }
  const NamedFault& fault(int number) const {
    return faults()[static_cast<size_t>(GetParam().way + number) % faults().size()];
  }
  void expect_right() {
    start_over(api_);
    platform_.expect_right(api_.url(), GetParam().batches);
  }

  const Folder folder_;
  const DataApi api_{folder_};
  FaultyPlatform platform_{api_.url()};
};

using ForAMoment = ServersThatFail;

/// Where the answer is lost to what MLflow must not be asked twice, the run ends, and the next one finds what was done.
TEST_P(ForAMoment, AreAskedAgain) {
  const auto& [server, gap, first, way, batches] = GetParam();
  for (int nth = first, number = 0; nth < kMoreExchangesThanAnyRun; nth += gap)
    platform_.plan(proxy(), fault(number++), nth);
  const int failed = platform_.run_batches(batches);
  EXPECT_GT(proxy().counts().faults, 4);
  const bool may_fail = server == std::string("Mlflow");
  EXPECT_TRUE(failed == 0 || may_fail) << failed;
  platform_.print_table();
  expect_right();
}

INSTANTIATE_TEST_SUITE_P(Every, ForAMoment,
                         ::testing::Values(Pattern{"Postgres", 29, 1, 0}, Pattern{"S3", 2, 1, 0, 4},
                                           Pattern{"Mlflow", 9, 2, 0}),
                         name_of);

/// With as little patience as a person may ask for, what fails twice running ends the run; the next one goes on with
/// it.
using ForLonger = ServersThatFail;

TEST_P(ForLonger, EndTheRunAndTheNextOneGoesOnWithIt) {
  platform_.pipeline().set("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0");
  const auto& [server, gap, first, way, batches] = GetParam();
  for (int nth = first, number = 0; nth < kMoreExchangesThanAnyRun; nth += gap * ++number)
    platform_.plan(proxy(), fault(number), nth, 2);
  const int failed = platform_.run_batches(batches);
  EXPECT_GT(failed, 4);
  platform_.print_table();
  expect_right();
}

INSTANTIATE_TEST_SUITE_P(Now, ForLonger, ::testing::Values(Pattern{"Mlflow", 7, 4, 0}), name_of);

/// A parameter of a statement as PostgreSQL's protocol carries it: its size, then its bytes.
std::string as_parameter(const std::string& text) {
  return std::string(3, '\0') + static_cast<char>(text.size()) + text;
}

TEST(PostgresThatFails, WhileAStepIsRecordedOrCommittedChangesNothing) {
  const Folder folder;
  const DataApi api(folder);
  FaultyPlatform platform(api.url());
  FaultProxy& postgres = platform.postgres();
  constexpr size_t kCuts = 4;  // the first of them; after each the statement comes again
  int planned = 0;
  const auto plan = [&](int nth, const std::string& text, const std::string& told) {
    const NamedFault& fault = postgres_faults()[static_cast<size_t>(planned++) % kCuts];
    postgres.plan(fault.fault, nth, 1, text);
    fmt::print("| PostgreSQL | {} | 1 | {} | the run went on |\n", fault.name, told);
  };
  for (const char* step :
       {"ingest", "validate", "clean", "detect", "decide", "prepare", "train", "evaluate", "register", "promote"}) {
    // Of the first batch twice running, then of the second.
    for (const int nth : {1, 2, 4}) plan(nth, as_parameter(step), fmt::format("the record of {}", step));
  }
  for (int nth = 3; nth < 30; nth += 4) plan(nth, "COMMIT", "COMMIT");
  EXPECT_EQ(platform.run_batches(2), 0);
  EXPECT_EQ(postgres.counts().faults, planned) << "each has happened";
  start_over(api);
  platform.expect_right(api.url(), 2);
}

}  // namespace
}  // namespace veleta::test
