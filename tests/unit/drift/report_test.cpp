#include <gtest/gtest.h>

#include "drift/drift.hpp"

namespace veleta {
namespace {

ColumnDrift drift(DriftVerdict verdict) {
  ColumnDrift made;
  made.column = "price";
  made.detector = "ks";
  made.verdict = verdict;
  made.result = {.statistic = 0.83, .p_value = 0, .effect = 0.83, .min_effect = 0.1, .detectable_effect = 0.25};
  made.result.direction = 1;
  made.result.detail = "largest gap at 312,000";
  made.adjusted_p = 0;
  made.reference_rows = 73784;
  made.current_rows = 57;
  return made;
}

TEST(DriftSentence, TellsDirectionEffectAndEvidence) {
  EXPECT_EQ(drift(DriftVerdict::kDrifted).sentence(),
            "price drifted up (ks: effect 0.83, at least 0.1 matters; p < 1e-300; largest gap at 312,000)");
}

TEST(DriftSentence, TellsWhatFewRowsCouldShow) {
  auto few = drift(DriftVerdict::kUnderpowered);
  few.adjusted_p = 0.2;
  few.result.effect = 0.05;
  EXPECT_EQ(
      few.sentence(),
      "price has too few rows to tell: 57 against 73,784 could show an effect of 0.25 at least (ks: effect 0.05, at "
      "least 0.1 matters; p = 0.2; largest gap at 312,000)");
  few.result.effect = 0.83;
  EXPECT_EQ(few.sentence(),
            "price may have drifted up, or differ by chance: 57 rows against 73,784 could show an effect of 0.25 at "
            "least (ks: effect 0.83, at least 0.1 matters; p = 0.2; largest gap at 312,000)");
}

TEST(DriftSentence, TellsTheEffectsIntervalAndTheSegment) {
  auto sure = drift(DriftVerdict::kDrifted);
  sure.result.effect_low = 0.81;
  sure.result.effect_high = 0.842;
  sure.segment = "state is Utah";
  EXPECT_EQ(sure.sentence(),
            "price drifted up where state is Utah (ks: effect 0.83 (0.81 to 0.842), at least 0.1 matters; p < 1e-300; "
            "largest gap at 312,000)");
  EXPECT_EQ(to_json(sure).at("effect_low"), 0.81);
  EXPECT_EQ(to_json(sure).at("segment"), "state is Utah");
}

TEST(DriftSentence, TellsOfStabilityAndFailure) {
  auto stable = drift(DriftVerdict::kStable);
  stable.adjusted_p = 0.00012;
  stable.result.detail.clear();
  EXPECT_EQ(stable.sentence(), "price is stable (ks: effect 0.83, at least 0.1 matters; p = 1.2e-04)");
  auto not_judged = drift(DriftVerdict::kNotJudged);
  not_judged.result.detail = "the reference has no present values";
  EXPECT_EQ(not_judged.sentence(), "price could not be judged (ks: the reference has no present values)");
}

TEST(DriftJson, HasNullWhereANumberIsUnknown) {
  ColumnDrift not_judged;
  not_judged.verdict = DriftVerdict::kNotJudged;
  const auto json = to_json(not_judged);
  EXPECT_TRUE(json.at("p_value").is_null());
  EXPECT_TRUE(json.at("effect").is_null());
  EXPECT_EQ(json.at("verdict").as_string(), "not_judged");
}

TEST(DriftJson, HasTheShareOfTheComparedColumnsThatDrifted) {
  DriftReport report;
  EXPECT_EQ(to_json(report).at("drifted_share"), 0.0);
  report.columns = {{.column = "a", .verdict = DriftVerdict::kDrifted},
                    {.column = "a", .segment = "state is Utah", .verdict = DriftVerdict::kDrifted},
                    {.column = "b", .verdict = DriftVerdict::kStable},
                    {.column = "c", .verdict = DriftVerdict::kUnderpowered},
                    {.column = "d", .verdict = DriftVerdict::kStable},
                    {.column = "e", .verdict = DriftVerdict::kNotJudged}};
  EXPECT_EQ(report.compared_columns(), 4U);
  EXPECT_EQ(report.drifted_columns(), 1U);
  EXPECT_EQ(to_json(report).at("drifted_share"), 0.25);
}

TEST(DriftJson, HoldsAllResultsAndTheLevel) {
  const DriftReport report{{drift(DriftVerdict::kDrifted), drift(DriftVerdict::kStable)}, 0.01};
  const auto json = to_json(report);
  EXPECT_EQ(json.at("alpha").as_double(), 0.01);
  ASSERT_EQ(json.at("results").as_array().size(), 2);
  EXPECT_EQ(json.at("results").at(0).at("effect").as_double(), 0.83);
  EXPECT_EQ(json.at("results").at(0).at("direction").as_int64(), 1);
}

}  // namespace
}  // namespace veleta
