#include "pipeline/promotion.hpp"

#include <gmock/gmock.h>
#include <cmath>

namespace veleta {
namespace {

using testing::HasSubstr;

/// The default rule: MAE falls by 3 % at least, RMSE does not worsen by more than 1 %.
const std::vector<Gate> kDefaultGates{{"mae", 0.03, std::nullopt}, {"rmse", std::nullopt, 0.01}};

TEST(Promotion, TakesTheFirstModelAsItIs) {
  const auto verdict = judge_challenger({{"mae", 5}, {"rmse", 9}}, std::nullopt, kDefaultGates);
  EXPECT_TRUE(verdict.promote);
  EXPECT_EQ(verdict.sentence(), "Promoted: it is the first model.");
}

TEST(Promotion, DoesNotTakeAFirstModelThatCannotBeMeasured) {
  const auto verdict = judge_challenger({{"mae", NAN}}, std::nullopt, kDefaultGates);
  EXPECT_FALSE(verdict.promote);
  EXPECT_EQ(verdict.sentence(), "Rejected: its mae and rmse could not be measured.");
}

TEST(Promotion, NeedsEveryGate) {
  const Metrics champion{{"mae", 100}, {"rmse", 200}};
  EXPECT_TRUE(judge_challenger({{"mae", 97}, {"rmse", 202}}, champion, kDefaultGates).promote);
  EXPECT_FALSE(judge_challenger({{"mae", 97.1}, {"rmse", 100}}, champion, kDefaultGates).promote);
  EXPECT_FALSE(judge_challenger({{"mae", 50}, {"rmse", 202.1}}, champion, kDefaultGates).promote);
}

TEST(Promotion, JudgesMetricsThatGrowWhenTheyImprove) {
  const std::vector<Gate> gates{{"auc", 0.05, std::nullopt}};
  EXPECT_TRUE(judge_challenger({{"auc", 0.85}}, Metrics{{"auc", 0.80}}, gates).promote);
  EXPECT_FALSE(judge_challenger({{"auc", 0.76}}, Metrics{{"auc", 0.80}}, gates).promote);
}

TEST(Promotion, AGateWithBothConditionsIsTwoGates) {
  const auto verdict = judge_challenger({{"mae", 90}}, Metrics{{"mae", 100}}, {{"mae", 0.05, 0.01}});
  EXPECT_EQ(verdict.gates.size(), 2u);
  EXPECT_TRUE(verdict.promote);
}

TEST(Promotion, DoesNotPassOnNumbersThatAreMissing) {
  EXPECT_FALSE(judge_challenger({{"mae", NAN}, {"rmse", 1}}, Metrics{{"mae", 1}, {"rmse", 1}}, kDefaultGates).promote);
  EXPECT_FALSE(judge_challenger({{"rmse", 1}}, Metrics{{"mae", 1}, {"rmse", 1}}, kDefaultGates).promote);
}

TEST(Promotion, APerfectChampionIsNotBeatenByAnEqual) {
  EXPECT_FALSE(judge_challenger({{"mae", 0}, {"rmse", 0}}, Metrics{{"mae", 0}, {"rmse", 0}}, kDefaultGates).promote);
}

TEST(Promotion, SaysWhichGateFailedAndByHowMuch) {
  const auto verdict =
      judge_challenger({{"mae", 99}, {"rmse", 200}}, Metrics{{"mae", 100}, {"rmse", 200}}, kDefaultGates);
  EXPECT_EQ(verdict.sentence(), "Rejected: mae 99 against 100: 1.0 % better, 3.0 % better asked for.");
}

TEST(Promotion, SaysOfNumbersThatReadTheSameThatNoneIsBetter) {
  const std::vector<Gate> gates{{"mae", 0.03, std::nullopt}};
  for (const double mae : {2.681, 2.68101, 2.68099})
    EXPECT_EQ(judge_challenger({{"mae", mae}}, Metrics{{"mae", 2.681}}, gates).sentence(),
              "Rejected: mae 2.681 against 2.681: no better, 3.0 % better asked for.");
}

}  // namespace
}  // namespace veleta
