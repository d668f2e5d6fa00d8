#include <gtest/gtest.h>

#include "drift_vectors.hpp"
#include "pipeline/decision.hpp"

namespace veleta {
namespace {

Evidence evidence_of(size_t columns, size_t drifted) {
  Evidence evidence;
  evidence.has_champion = true;
  for (size_t i = 0; i < columns; ++i) {
    const auto verdict = i < drifted ? DriftVerdict::kDrifted : DriftVerdict::kStable;
    const std::string name = "column " + std::to_string(i);
    evidence.drift.columns.push_back({.column = name, .verdict = verdict});
    ColumnDrift& result = evidence.drift.results.emplace_back();
    result.column = name;
    result.verdict = verdict;
  }
  return evidence;
}

TEST(DriftVectors, ShareOfDriftedColumns) {
  for_each_vector("dataset_drift_share", 1, [](const Vector& vector) {
    const Evidence evidence =
        evidence_of(static_cast<size_t>(vector.param("columns")), static_cast<size_t>(vector.param("columns_drifted")));
    expect_relative(evidence.drift.drifted_share(), vector.statistic(), kStatisticTolerance);
    ASSERT_TRUE(vector.mentions("rule", "share >= drift_share"));
    PipelineConfig::Retrain rules{};
    rules.when = {"drift"};
    for (const double share : {vector.param("drift_share"), vector.statistic()}) {
      rules.min_drift_share = share;
      EXPECT_EQ(decide_training(evidence, rules).train, vector.statistic() >= share) << share;
    }
  });
}

}  // namespace
}  // namespace veleta
