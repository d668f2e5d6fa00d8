#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "drift/drift.hpp"
#include "grouped_vectors.hpp"
#include "statistics/divergence.hpp"
#include "statistics/two_proportions.hpp"

// The vectors of drift.json for shares and categories.

namespace veleta {
namespace {

namespace stats = statistics;

TEST(DriftVectors, ChiSquaredHomogeneity) {
  for_each_vector("chi2_homogeneity", 3, [](const Vector& vector) {
    const bool counts = vector.mentions("input", "counts");
    const stats::GroupCounts groups = counts ? stats::GroupCounts{vector.reference(), vector.current()}
                                             : groups_of_values(vector.reference(), vector.current());
    const auto test = stats::homogeneity(groups);
    expect_relative(test.statistic, vector.statistic(), kStatisticTolerance);
    expect_relative(stats::chi_squared_sf(test.statistic, test.degrees_of_freedom), vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, FisherExact) {
  for_each_vector("fisher_exact", 3, [](const Vector& vector) {
    const Rows reference = vector.reference_counts(), current = vector.current_counts();
    const stats::Proportions table{reference[0], stats::total(reference), current[0], stats::total(current)};
    expect_relative(stats::fisher_exact(table), vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, ChiSquaredTail) {
  for_each_vector("chi2_sf", 3, [](const Vector& vector) {
    expect_relative(stats::chi_squared_sf(vector.param("x"), vector.param("df")), vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, StabilityIndex) {
  for_each_vector("psi", 3, [](const Vector& vector) {
    const auto groups = groups_of(vector);
    const double fill = vector.mentions("zero_fill", "DBL_MIN") ? std::numeric_limits<double>::min() : 1e-4;
    const double index = stats::divergence(stats::kStabilityIndex, stats::filled_shares(groups.reference, fill),
                                           stats::filled_shares(groups.current, fill));
    expect_relative(index, vector.statistic(), kStatisticTolerance);
  });
}

TEST(DriftVectors, StabilityIndexOfProportions) {
  // The 1e-10 that scouter adds to each share is not in the expected value.
  for_each_vector("psi_from_proportions", 1, [](const Vector& vector) {
    expect_relative(stats::divergence(stats::kStabilityIndex, vector.reference(), vector.current()), vector.statistic(),
                    kStatisticTolerance);
  });
}

TEST(DriftVectors, StabilityIndexThreshold) {
  for_each_vector("psi_threshold_chi2_two_sample", 1, [](const Vector& vector) {
    const double alpha = vector.param("alpha"), bins = vector.param("bins");
    const double n = vector.param("n_ref"), m = vector.param("n_cur");
    const double threshold = stats::divergence_threshold(stats::kStabilityIndex, alpha, bins, n, m);
    expect_relative(threshold, vector.statistic(), kStatisticTolerance);
    expect_relative(stats::divergence_sf(stats::kStabilityIndex, threshold, bins, n, m), alpha, kPTolerance);
  });
}

TEST(DriftVectors, BenjaminiHochbergAdjusted) {
  for_each_vector("fdr_bh_adjust", 1, [](const Vector& vector) {
    const Rows adjusted = benjamini_hochberg(vector.list("p")), expected = vector.statistics();
    ASSERT_EQ(adjusted.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) expect_relative(adjusted[i], expected[i], kStatisticTolerance);
  });
}

TEST(DriftVectors, BenjaminiHochbergFindsAThousandPValuesJustBelowTheLevel) {
  for_each_vector("fdr_bh_any", 1, [](const Vector& vector) {
    const Rows adjusted = benjamini_hochberg(Rows(1000, 0.05 - 1e-5));
    const bool any = std::any_of(adjusted.begin(), adjusted.end(), [&](double p) { return p < vector.param("q"); });
    EXPECT_EQ(any, vector.statistic() == 1);
  });
}

}  // namespace
}  // namespace veleta
