#include <gmock/gmock.h>

#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kExitUnavailable = 3, kExitTimeout = 4, kExitRefused = 5, kExitBadData = 6, kExitPeerFailed = 9;

/// A data API that misbehaves once the baseline stands.
class Misbehaviour : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipeline_.run().status, 0);
    before_ = contents();
  }

  /// What must still be there afterwards.
  std::string contents() const {
    return pipeline_.query("select count(*), sum(price) from clean_realty where batch_id = '0'");
  }

  Outcome run_with(const std::string& kind, int times = 0) {
    api_.misbehave(kind, times);
    Outcome outcome = pipeline_.run();
    EXPECT_EQ(contents(), before_) << kind;
    return outcome;
  }

  /// The batch led to no training, for the reason named; it is not in CLEAN.
  void expect_skipped(const Outcome& outcome, const std::string& code) const {
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(text_or_empty(outcome.last(), "outcome"), "skipped");
    std::vector<std::string> codes;
    const json::object last = outcome.last();
    for (const auto& reason : last.at("reasons").as_array()) codes.push_back(text_or_empty(reason.as_object(), "code"));
    EXPECT_THAT(codes, testing::Contains(code)) << outcome.output;
    EXPECT_EQ(pipeline_.query("select count(*) from clean_realty where batch_id <> '0'"), "0");
  }

  /// The service is well again: the batch that was lost is taken after all.
  void expect_next_batch_is_taken() {
    api_.misbehave("none");
    const Outcome outcome = pipeline_.run();
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(text_or_empty(outcome.last(), "batch_id"), "1") << outcome.output;
  }

  Folder folder_;
  DataApi api_{folder_};
  Pipeline pipeline_{folder_, api_.url(), "[[learner]]\nplugin = \"ridge\"\n"};
  std::string before_;
};

TEST_F(Misbehaviour, SlowAnswersEndAsATimeOut) {
  api_.misbehave("slow");
  Process sed("/bin/sed", {"-i", "s/timeout_s = 20/timeout_s = 0.2/", pipeline_.config().string()},
              folder_ / "sed.log");
  ASSERT_EQ(sed.wait(), 0);
  const Outcome outcome = pipeline_.run();
  EXPECT_EQ(outcome.status, kExitTimeout) << outcome.output;
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("within 0.2 s"));
  Process back("/bin/sed", {"-i", "s/timeout_s = 0.2/timeout_s = 20/", pipeline_.config().string()},
               folder_ / "sed.log");
  ASSERT_EQ(back.wait(), 0);
  expect_next_batch_is_taken();
}

TEST_F(Misbehaviour, AFewErrorsOfTheServerAreTriedAgain) {
  const Outcome outcome = run_with("500", 2);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(text_or_empty(outcome.last(), "batch_id"), "1");
}

TEST_F(Misbehaviour, ErrorsOfTheServerForEverAreToldAsSuch) {
  const Outcome outcome = run_with("500");
  EXPECT_EQ(outcome.status, kExitPeerFailed) << outcome.output;
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("status 500"));
  expect_next_batch_is_taken();
}

TEST_F(Misbehaviour, ATruncatedAnswerIsNotTrainedOnAndNotLost) {
  const Outcome outcome = run_with("truncated", 1);
  EXPECT_EQ(outcome.status, kExitBadData) << outcome.output;
  expect_next_batch_is_taken();
}

TEST_F(Misbehaviour, AConnectionLostMidwayLosesNoBatch) {
  const Outcome outcome = run_with("drop", 1);
  EXPECT_EQ(outcome.status, kExitPeerFailed) << outcome.output;
  expect_next_batch_is_taken();
}

TEST_F(Misbehaviour, ARenamedColumnIsNamed) {
  const Outcome outcome = run_with("renamed", 1);
  expect_skipped(outcome, "missing_column");
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("is gone"));
}

TEST_F(Misbehaviour, ARetypedColumnIsNamed) {
  const Outcome outcome = run_with("retyped", 1);
  expect_skipped(outcome, "retyped_column");
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("--batch 1` judges it again"));
}

TEST_F(Misbehaviour, AColumnWithoutValuesIsNamed) { expect_skipped(run_with("nulls", 1), "missing"); }

TEST_F(Misbehaviour, RepeatedRowsAreNoticed) { expect_skipped(run_with("duplicates", 1), "duplicates"); }

TEST_F(Misbehaviour, AnEmptyBatchIsSkipped) {
  const Outcome outcome = run_with("empty", 1);
  expect_skipped(outcome, "empty");
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), Not(HasSubstr("--batch")));
}

TEST_F(Misbehaviour, ABadGroupIsAnErrorAndNotTheEnd) {
  const Outcome outcome = run_with("bad_group", 1);
  EXPECT_EQ(outcome.status, kExitRefused) << outcome.output;
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("grupo"));
  expect_next_batch_is_taken();
}

TEST_F(Misbehaviour, AServiceThatIsNotThereIsToldAsSuch) {
  api_.stop();
  const Outcome outcome = pipeline_.run();
  EXPECT_EQ(outcome.status, kExitUnavailable) << outcome.output;
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("is the service running?"));
  EXPECT_EQ(contents(), before_);
}

}  // namespace
}  // namespace veleta::test
