#include "misbehaviour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace veleta::data_api {
namespace {

std::string complaint(std::string_view text) {
  try {
    parse_misbehaviour(text);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "none";
}

TEST(Misbehaviour, ReadsKindSecondsTimesAndBatch) {
  const Misbehaviour rule = parse_misbehaviour("slow=0.25:3@5");
  EXPECT_EQ(rule.fault, Fault::kSlow);
  EXPECT_EQ(rule.seconds, 0.25);
  EXPECT_EQ(rule.times, 3u);
  EXPECT_EQ(rule.at_batch, 5u);
}

TEST(Misbehaviour, HoldsForEverAndAtAnyBatchByItself) {
  const Misbehaviour rule = parse_misbehaviour("500");
  EXPECT_EQ(rule.fault, Fault::kServerError);
  EXPECT_EQ(rule.times, std::nullopt);
  EXPECT_EQ(rule.at_batch, std::nullopt);
}

TEST(Misbehaviour, NamesWhatIsWrongWithARule) {
  EXPECT_THAT(complaint("fast"), testing::AllOf(testing::HasSubstr("'fast'"), testing::HasSubstr("truncated")));
  EXPECT_THAT(complaint("500:twice"), testing::HasSubstr("'twice'"));
  EXPECT_THAT(complaint("500:-1"), testing::HasSubstr("'-1'"));
  EXPECT_THAT(complaint("drop@"), testing::HasSubstr("after '@'"));
}

TEST(Misbehaviours, UsesARuleUpAtItsBatchAlone) {
  Misbehaviours rules;
  rules.add(parse_misbehaviour("renamed:2@1"));
  EXPECT_FALSE(rules.take(0));
  EXPECT_EQ(rules.take(1)->fault, Fault::kRenamed);
  EXPECT_EQ(rules.take(1)->fault, Fault::kRenamed);
  EXPECT_FALSE(rules.take(1));
}

TEST(Misbehaviours, GoesOnWithTheNextRuleWhenOneIsUsedUp) {
  Misbehaviours rules;
  rules.add(parse_misbehaviour("500:1"));
  rules.add(parse_misbehaviour("empty"));
  EXPECT_EQ(rules.take(0)->fault, Fault::kServerError);
  EXPECT_EQ(rules.take(0)->fault, Fault::kEmpty);
  rules.clear();
  EXPECT_FALSE(rules.take(0));
}

}  // namespace
}  // namespace veleta::data_api
