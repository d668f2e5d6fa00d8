#include <gmock/gmock.h>
#include <fstream>

#include "base/json.hpp"
#include "quickstart.hpp"

// A version trained again from what was recorded.

namespace veleta::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

class Reproduce : public ::testing::Test {
 protected:
  Reproduce() {
    EXPECT_EQ(pipeline_.run("run", {"--until-end"}).status, 0);
    const json::value history = json::parse(pipeline_.run("history", {"--json"}).output);
    for (const auto& decision : history.as_array()) runs_.emplace_back(decision.at("run_id").as_string());
  }

  Outcome reproduce(const std::string& run, std::vector<std::string> more = {},
                    std::vector<std::string> environment = {}) {
    more.insert(more.begin(), run);
    return pipeline_.run("reproduce", more, environment);
  }

  void change(const std::string& sql) {
    Process sqlite("/usr/bin/sqlite3", {pipeline_.store().string(), sql}, pipeline_.folder() / "sqlite.log");
    EXPECT_EQ(sqlite.wait(), 0) << sqlite.output();
  }

  const Quickstart pipeline_;
  std::vector<std::string> runs_;  ///< of batches 0 to 3; 1 and 2 are skipped
};

TEST_F(Reproduce, MakesEveryVersionAgainBitForBitAndLeavesNothing) {
  const auto files_before = pipeline_.files();
  for (const size_t batch : {0, 3}) {
    const Outcome outcome = reproduce(runs_.at(batch));
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("bit for bit the same"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("differs")));
  }
  const auto models = json::parse(pipeline_.run("models", {"--json"}).output);
  EXPECT_EQ(models.as_array().size(), 2) << "no version came of it";
  EXPECT_EQ(pipeline_.files(), files_before);
}

TEST_F(Reproduce, GoesByTheRecordedFileNotByTodays) {
  std::ofstream(pipeline_.config(), std::ios::app) << "\n[train]\nseed = 7\nholdout_share = 0.5\n";
  EXPECT_EQ(reproduce(runs_.at(3)).status, 0);
}

TEST_F(Reproduce, SaysThatRowsDiffer) {
  change("UPDATE clean_rent SET rent = rent + 1 WHERE batch_id = '0' AND row_number = 5");
  const Outcome outcome = reproduce(runs_.at(3));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("not reproduced: version 2"),
                                    ContainsRegex("differs: rows: recorded [0-9a-f]+, found [0-9a-f]+"),
                                    HasSubstr("differs: file model/learner.bin")));
  EXPECT_THAT(outcome.output, Not(HasSubstr("differs: seed")));
}

TEST_F(Reproduce, SaysWhichBatchsPayloadDiffers) {
  change("UPDATE batches SET payload_digest = 'other' WHERE id = '2'");
  const Outcome outcome = reproduce(runs_.at(3));
  EXPECT_EQ(outcome.status, 0) << "the CLEAN rows are as they were";
  EXPECT_THAT(outcome.output, HasSubstr("differs: payload of batch 2: recorded"));
}

TEST_F(Reproduce, SaysThatALearnersLibraryDiffers) {
  const fs::path plugins = pipeline_.folder() / "plugins";
  fs::copy(fs::path(VELETA_BINARY_FOLDER) / "lib/veleta/plugins", plugins);
  std::ofstream(plugins / "xgboost.so", std::ios::app) << "a byte that no loader reads";
  const Outcome outcome = reproduce(runs_.at(3), {}, {"VELETA_PLUGINS=" + plugins.string()});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("differs: learner 'xgboost', library: recorded"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("'ridge'"))) << "it had no part in this version";
}

TEST_F(Reproduce, PrintsJson) {
  const json::value result = json::parse(reproduce(runs_.at(0), {"--json"}).output);
  EXPECT_TRUE(result.at("reproduced").as_bool());
  EXPECT_EQ(result.at("recorded_digest"), result.at("found_digest"));
  EXPECT_EQ(result.at("version").as_int64(), 1);
}

TEST_F(Reproduce, HasNothingToDoForARunThatRegisteredNoVersion) {
  EXPECT_THAT(reproduce(runs_.at(1)).output,
              HasSubstr("registered no version, so there is nothing to reproduce (skipped)"));
  const Outcome unknown = reproduce("nobody");
  EXPECT_NE(unknown.status, 0);
  EXPECT_THAT(unknown.output, HasSubstr("has no run 'nobody'"));
}

}  // namespace
}  // namespace veleta::test
