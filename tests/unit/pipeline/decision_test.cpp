#include "pipeline/decision.hpp"

#include <gmock/gmock.h>

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PipelineConfig::Retrain rules(std::vector<std::string> when) {
  PipelineConfig::Retrain rules;
  rules.alpha = 0.05;
  rules.when = std::move(when);
  rules.min_drift_share = 0;
  rules.max_metric_growth = 0.2;
  rules.min_volume_growth = 0.5;
  return rules;
}

const PipelineConfig::Retrain kAllGrounds = rules({"drift", "new_categories", "performance", "volume", "schema"});

Evidence quiet_batch() {
  Evidence evidence;
  evidence.has_champion = true;
  evidence.rows_trained = 1000;
  evidence.rows_since = 100;
  return evidence;
}

ColumnDrift finding(const std::string& column, const std::string& detector, DriftVerdict verdict) {
  ColumnDrift drift;
  drift.column = column;
  drift.detector = detector;
  drift.verdict = verdict;
  drift.result.statistic = drift.result.effect = 0.4;
  drift.result.min_effect = 0.1;
  return drift;
}

/// Of ten columns, the first so many drifted.
Evidence batch_with_drifted(int drifted) {
  Evidence evidence = quiet_batch();
  for (int i = 0; i < 10; ++i) {
    const auto verdict = i < drifted ? DriftVerdict::kDrifted : DriftVerdict::kStable;
    evidence.drift.results.push_back(finding("c" + std::to_string(i), "ks", verdict));
    evidence.drift.columns.push_back({.column = "c" + std::to_string(i), .verdict = verdict});
  }
  return evidence;
}

std::vector<std::string> codes(const TrainingDecision& decision) {
  std::vector<std::string> codes;
  for (const auto& reason : decision.reasons) codes.push_back(reason.code);
  return codes;
}

TEST(TrainingDecision, TrainsTheBaselineWithoutAProductionModel) {
  const auto decision = decide_training(Evidence{}, kAllGrounds);
  EXPECT_TRUE(decision.train);
  EXPECT_THAT(codes(decision), ElementsAre("baseline"));
}

TEST(TrainingDecision, SkipsAnUnsoundBatchEvenWithoutAProductionModel) {
  Evidence evidence;
  evidence.problems = {{"too_small", "the batch has 10 rows, 100 are needed"}};
  const auto decision = decide_training(evidence, kAllGrounds);
  EXPECT_FALSE(decision.train);
  EXPECT_EQ(decision.sentence(), "Skipped: the batch has 10 rows, 100 are needed.");
}

TEST(TrainingDecision, SkipsAnUnsoundBatchWhateverDrifted) {
  Evidence evidence = quiet_batch();
  evidence.problems = {{"missing_column", "column 'bed' is gone"}};
  evidence.drift.results = {finding("price", "ks", DriftVerdict::kDrifted)};
  EXPECT_FALSE(decide_training(evidence, kAllGrounds).train);
}

TEST(TrainingDecision, SkipsWhenNothingChanged) {
  EXPECT_THAT(codes(decide_training(quiet_batch(), kAllGrounds)), ElementsAre("no_change"));
}

TEST(TrainingDecision, TrainsOnEachGroundThatTheRulesList) {
  Evidence evidence = quiet_batch();
  evidence.drift.results = {finding("price", "ks", DriftVerdict::kDrifted),
                            finding("status", "new_categories", DriftVerdict::kDrifted)};
  evidence.performance = Performance{"mae", 100, 130};
  evidence.rows_since = 600;
  evidence.new_columns = {"garage"};
  EXPECT_THAT(codes(decide_training(evidence, kAllGrounds)),
              ElementsAre("drift", "new_categories", "performance", "volume", "schema"));
  EXPECT_THAT(codes(decide_training(evidence, rules({"volume"}))), ElementsAre("volume"));
  EXPECT_FALSE(decide_training(evidence, rules({})).train);
}

TEST(TrainingDecision, TellsWhatChangedAndIsNoGroundForTraining) {
  Evidence evidence = quiet_batch();
  evidence.drift.results = {finding("price", "ks", DriftVerdict::kDrifted),
                            finding("price", "psi", DriftVerdict::kDrifted),
                            finding("bed", "ks", DriftVerdict::kDrifted),
                            finding("bath", "ks", DriftVerdict::kStable),
                            finding("status", "new_categories", DriftVerdict::kDrifted),
                            finding("zip", "ks", DriftVerdict::kUnderpowered)};
  evidence.drift.results[2].segment = "state is Utah";
  const auto decision = decide_training(evidence, rules({"performance", "volume"}));
  EXPECT_FALSE(decision.train);
  EXPECT_THAT(codes(decision), ElementsAre("not_a_ground", "not_a_ground", "underpowered"));
  EXPECT_EQ(decision.reasons[0].sentence,
            "'drift' is not among the grounds for training (performance, volume): price drifted (ks: effect 0.4, at "
            "least 0.1 matters), and so did bed where state is Utah");
  EXPECT_EQ(decision.reasons[1].sentence,
            "'new_categories' is not among the grounds for training (performance, volume): status drifted "
            "(new_categories: effect 0.4, at least 0.1 matters)");

  evidence = quiet_batch();
  evidence.performance = Performance{"mae", 100, 130};
  evidence.rows_since = 600;
  evidence.new_columns = {"garage"};
  const auto nothing_counts = decide_training(evidence, rules({}));
  EXPECT_THAT(codes(nothing_counts), ElementsAre("not_a_ground", "not_a_ground"));
  EXPECT_THAT(nothing_counts.sentence(),
              HasSubstr("'schema' is not among the grounds for training (there are none): the "
                        "batch has new columns: garage"));
}

TEST(TrainingDecision, TakesRowsThatCameForNoChangeWhereVolumeIsNoGround) {
  Evidence evidence = quiet_batch();
  evidence.rows_since = 600;
  EXPECT_THAT(codes(decide_training(evidence, rules({"drift"}))), ElementsAre("no_change"));
}

TEST(TrainingDecision, NamesSomeOfTheManyPlacesThatDriftedInVain) {
  Evidence evidence = quiet_batch();
  for (int i = 0; i < 9; ++i)
    evidence.drift.results.push_back(finding("c" + std::to_string(i), "ks", DriftVerdict::kDrifted));
  EXPECT_THAT(decide_training(evidence, rules({"volume"})).sentence(),
              HasSubstr("matters), and so did c1, c2, c3, c4, c5 and 3 more."));
}

TEST(TrainingDecision, NeverTakesNewCategoriesThatDoNotCountForTooFewColumns) {
  auto drift = rules({"drift"});
  drift.min_drift_share = 0.5;
  Evidence evidence = batch_with_drifted(1);
  evidence.drift.results.front().detector = "new_categories";
  EXPECT_THAT(codes(decide_training(evidence, drift)), ElementsAre("not_a_ground"));
}

TEST(TrainingDecision, ToleratesAMetricUpToTheAllowedGrowth) {
  Evidence evidence = quiet_batch();
  evidence.performance = Performance{"mae", 100, 120};
  EXPECT_FALSE(decide_training(evidence, kAllGrounds).train);
  evidence.performance = Performance{"mae", 100, 121};
  EXPECT_TRUE(decide_training(evidence, kAllGrounds).train);
}

TEST(TrainingDecision, KnowsThatAFallingAucIsWorse) {
  Evidence evidence = quiet_batch();
  evidence.performance = Performance{"auc", 0.9, 0.6};
  EXPECT_TRUE(decide_training(evidence, kAllGrounds).train);
  evidence.performance = Performance{"auc", 0.6, 0.9};
  EXPECT_FALSE(decide_training(evidence, kAllGrounds).train);
}

TEST(TrainingDecision, TellsTooLittleDataFromNoDrift) {
  Evidence evidence = quiet_batch();
  evidence.drift.results = {finding("bed", "ks", DriftVerdict::kUnderpowered),
                            finding("bath", "ks", DriftVerdict::kStable)};
  const auto decision = decide_training(evidence, kAllGrounds);
  EXPECT_THAT(codes(decision), ElementsAre("no_change", "underpowered"));
  EXPECT_THAT(decision.sentence(), HasSubstr("1 of 2 comparisons had too few rows to tell (bed among them)"));
}

TEST(TrainingDecision, TellsWhatWasNotJudgedFromNoDrift) {
  Evidence evidence = quiet_batch();
  evidence.drift.results = {finding("bed", "ks", DriftVerdict::kNotJudged)};
  evidence.drift.results[0].result.detail = "the column is too short";
  const auto decision = decide_training(evidence, kAllGrounds);
  EXPECT_THAT(codes(decision), ElementsAre("no_change", "not_judged"));
  EXPECT_THAT(decision.sentence(), HasSubstr("bed could not be judged (ks: the column is too short)"));
}

ColumnDrift failure(const std::string& column) {
  ColumnDrift drift = finding(column, "mmd", DriftVerdict::kNotJudged);
  drift.failed = true;
  drift.result.detail = "no luck today";
  return drift;
}

TEST(TrainingDecision, TellsOfADetectorThatFailedWhateverElseWasFound) {
  Evidence evidence = quiet_batch();
  evidence.drift.results = {failure("bed"), failure("bath")};
  const auto skipped = decide_training(evidence, kAllGrounds);
  EXPECT_FALSE(skipped.train);
  EXPECT_THAT(codes(skipped), ElementsAre("no_change", "detector_failed"));
  for (int i = 0; i < 7; ++i)
    evidence.drift.results.push_back(finding("c" + std::to_string(i), "ks", DriftVerdict::kDrifted));
  const auto trained = decide_training(evidence, kAllGrounds);
  EXPECT_TRUE(trained.train);
  EXPECT_EQ(codes(trained).back(), "detector_failed");
  EXPECT_THAT(trained.sentence(), HasSubstr("and 3 more. Beware: detector 'mmd' failed in 2 comparisons: bed could not "
                                            "be judged (mmd: no luck today)."));
}

TEST(TrainingDecision, TrainsOnADriftInOneSegment) {
  Evidence evidence = quiet_batch();
  evidence.drift.results = {finding("price", "ks", DriftVerdict::kDrifted)};
  evidence.drift.results[0].segment = "state is Utah";
  const auto decision = decide_training(evidence, kAllGrounds);
  EXPECT_TRUE(decision.train);
  EXPECT_THAT(decision.sentence(), HasSubstr("price drifted where state is Utah"));
}

TEST(TrainingDecision, WaitsForTheShareOfColumnsThatTheRulesAskFor) {
  auto some = rules({"drift"});
  some.min_drift_share = 0.3;
  const auto decision = decide_training(batch_with_drifted(2), some);
  EXPECT_FALSE(decision.train);
  EXPECT_EQ(decision.sentence(),
            "Skipped: 2 of 10 columns drifted, 20 %, and 30 % lead to training: c0 drifted (ks: effect 0.4, at least "
            "0.1 matters), and so did c1.");
  EXPECT_THAT(codes(decision), ElementsAre("drift_share"));
  EXPECT_THAT(codes(decide_training(batch_with_drifted(3), some)), ElementsAre("drift", "drift", "drift"));
  EXPECT_THAT(codes(decide_training(batch_with_drifted(0), some)), ElementsAre("no_change"));
}

TEST(TrainingDecision, CountsColumnsOfTheWholeThatCouldBeJudged) {
  auto half = rules({"drift"});
  half.min_drift_share = 0.5;
  Evidence evidence = batch_with_drifted(3);
  for (size_t i = 3; i < 7; ++i) evidence.drift.columns[i].verdict = DriftVerdict::kNotJudged;
  EXPECT_TRUE(decide_training(evidence, half).train) << "3 of 6";
  evidence.drift.columns[0].segment = evidence.drift.results[0].segment = "state is Utah";
  EXPECT_FALSE(decide_training(evidence, half).train) << "2 of 5";
}

TEST(TrainingDecision, AsksNoShareOfWhatIsNotFoundInAColumn) {
  auto all = rules({"drift", "new_categories"});
  all.min_drift_share = 1;
  Evidence evidence = batch_with_drifted(1);
  ColumnDrift rows = finding("rows", "domain_classifier", DriftVerdict::kDrifted);
  rows.is_column = false;
  evidence.drift.results.push_back(rows);
  evidence.drift.columns.push_back({.column = "rows", .is_column = false, .verdict = DriftVerdict::kDrifted});
  EXPECT_EQ(evidence.drift.drifted_share(), 0.1) << "of the data's columns";
  evidence.drift.results.push_back(finding("c1", "new_categories", DriftVerdict::kDrifted));
  EXPECT_THAT(codes(decide_training(evidence, all)), ElementsAre("drift", "new_categories"));
}

TEST(TrainingDecision, SentenceStaysShortWhenManyColumnsDrift) {
  Evidence evidence = quiet_batch();
  for (int i = 0; i < 7; ++i)
    evidence.drift.results.push_back(finding("c" + std::to_string(i), "ks", DriftVerdict::kDrifted));
  EXPECT_THAT(decide_training(evidence, kAllGrounds).sentence(), HasSubstr("and 3 more."));
}

}  // namespace
}  // namespace veleta
