#include <cmath>
#include <limits>

#include "grouped_vectors.hpp"
#include "likelihood_ratio.hpp"
#include "statistics/bins.hpp"
#include "statistics/divergence.hpp"
#include "statistics/two_proportions.hpp"

// The vectors of drift.json for divergences and tests of groups.

namespace veleta {
namespace {

namespace stats = statistics;

double unfilled(const stats::Divergence& divergence, const stats::GroupCounts& groups) {
  return stats::divergence(divergence, stats::filled_shares(groups.reference, 0),
                           stats::filled_shares(groups.current, 0));
}

double base_of(const Vector& vector) {
  return vector.mentions("log_base", "e") ? std::numbers::e : vector.param("log_base");
}

TEST(DriftVectors, JensenShannonDistance) {
  for_each_vector("jensen_shannon_distance", 1, [](const Vector& vector) {
    const double nats = unfilled(stats::kJensenShannon, groups_of(vector));
    expect_relative(std::sqrt(nats / std::log(base_of(vector))), vector.statistic(), kStatisticTolerance);
  });
}

TEST(DriftVectors, JensenShannonDistanceOfShares) {
  for_each_vector("jensen_shannon_distance_from_pmf", 2, [](const Vector& vector) {
    const double nats = stats::divergence(stats::kJensenShannon, vector.reference(), vector.current());
    expect_relative(std::sqrt(nats / std::log(base_of(vector))), vector.statistic(), kStatisticTolerance);
  });
}

TEST(DriftVectors, JensenShannonThreshold) {
  for_each_vector("js_distance_threshold_chi2_two_sample", 1, [](const Vector& vector) {
    const double alpha = vector.param("alpha"), bins = vector.param("bins");
    const double n = vector.param("n_ref"), m = vector.param("n_cur");
    const double nats = stats::divergence_threshold(stats::kJensenShannon, alpha, bins, n, m);
    expect_relative(std::sqrt(nats), vector.statistic(), kStatisticTolerance);
    expect_relative(stats::divergence_sf(stats::kJensenShannon, nats, bins, n, m), alpha, kPTolerance);
  });
}

// A reference of endlessly many rows is a known distribution.
TEST(DriftVectors, StabilityIndexThresholdOfOneSample) {
  for_each_vector("psi_threshold_chi2_one_sample", 3, [](const Vector& vector) {
    const double endless = std::numeric_limits<double>::infinity();
    expect_relative(stats::divergence_threshold(stats::kStabilityIndex, vector.param("alpha"), vector.param("bins"),
                                                endless, vector.param("n_current")),
                    vector.statistic(), kPTolerance);
  });
}

TEST(DriftVectors, KullbackLeibler) {
  for_each_vector("kl_divergence", 1, [](const Vector& vector) {
    const auto groups = groups_of(vector);
    const auto p = stats::normalised(stats::filled_shares(groups.reference, 1e-4));
    const auto q = stats::normalised(stats::filled_shares(groups.current, 1e-4));
    const double of_reference = stats::divergence(stats::kReverseKullbackLeibler, p, q);
    expect_relative(of_reference, vector.statistic(), kStatisticTolerance);
    expect_relative(stats::divergence(stats::kKullbackLeibler, q, p), of_reference, kStatisticTolerance);
  });
}

TEST(DriftVectors, Hellinger) {
  for_each_vector("hellinger", 2, [](const Vector& vector) {
    expect_relative(std::sqrt(unfilled(stats::kSquaredHellinger, groups_of(vector))), vector.statistic(),
                    kStatisticTolerance);
  });
}

// 1 less the coefficient is the square of Hellinger's distance; the distance is the coefficient's logarithm, negated.
TEST(DriftVectors, Bhattacharyya) {
  for_each_vector("bhattacharyya", 1, [](const Vector& vector) {
    constexpr double kOfAddedEpsilons = 1e-7;
    EXPECT_NEAR(-std::log1p(-unfilled(stats::kSquaredHellinger, groups_of(vector))), vector.statistic(),
                kOfAddedEpsilons);
  });
}

TEST(DriftVectors, TotalVariation) {
  for_each_vector("tvd_permutation", 3, [](const Vector& vector) {
    expect_relative(unfilled(stats::kTotalVariation, groups_of(vector)), vector.statistic(), kStatisticTolerance);
  });
}

// What two histograms do not share is their total variation distance.
TEST(DriftVectors, HistogramIntersection) {
  for_each_vector("histogram_intersection_complement", 1, [](const Vector& vector) {
    expect_relative(unfilled(stats::kTotalVariation, groups_of(vector)), vector.statistic(), kStatisticTolerance);
  });
}

TEST(DriftVectors, LikelihoodRatio) {
  for_each_vector("g_test_homogeneity", 1, [](const Vector& vector) {
    const auto test = stats::likelihood_ratio({vector.reference(), vector.current()});
    expect_relative(test.statistic, vector.statistic(), kStatisticTolerance);
    expect_relative(stats::chi_squared_sf(test.statistic, test.degrees_of_freedom), vector.p(), kPTolerance);
  });
}

// G against known shares is twice the rows times KL(current || reference).
TEST(DriftVectors, LikelihoodRatioOfKnownShares) {
  for_each_vector("g_test_gof", 1, [](const Vector& vector) {
    const stats::GroupCounts groups{vector.reference_counts(), vector.current_counts()};
    const double g = 2 * stats::total(groups.current) * unfilled(stats::kKullbackLeibler, groups);
    expect_relative(g, vector.statistic(), kStatisticTolerance);
    expect_relative(stats::chi_squared_sf(g, vector.param("df")), vector.p(), kPTolerance);
  });
}

// The test of homogeneity has the test against known shares as its limit, where the reference has endlessly many rows.
// The second vector's category is new: the test against known shares calls that impossible; ours weighs it.
TEST(DriftVectors, ChiSquaredOfKnownShares) {
  for_each_vector("chi2_gof", 2, [](const Vector& vector) {
    auto groups = groups_of(vector);
    const double certain = stats::homogeneity(groups).statistic;
    for (double& rows : groups.reference) rows *= 1e15;
    std::swap(groups.reference, groups.current);
    const auto test = stats::homogeneity(groups);
    const double p = stats::chi_squared_sf(test.statistic, test.degrees_of_freedom);
    if (vector.p() == 0) {
      EXPECT_LT(certain, 10);
      EXPECT_EQ(p, 0);
      return;
    }
    expect_relative(test.statistic, vector.statistic(), kStatisticTolerance);
    expect_relative(p, vector.p(), kPTolerance);
  });
}

// The published values scale the larger window down to the smaller, and take Yates's half a row off each cell's
// distance where there are two categories.
TEST(DriftVectors, CramersV) {
  for_each_vector("cramers_v_bias_corrected", 3, [](const Vector& vector) {
    stats::GroupCounts groups{vector.reference_counts(), vector.current_counts()};
    const double fewest = std::min(stats::total(groups.reference), stats::total(groups.current));
    for (auto* window : {&groups.reference, &groups.current}) {
      const double shrink = fewest / stats::total(*window);
      for (double& rows : *window) rows = std::nearbyint(rows * shrink);
    }
    if (groups.reference.size() == 2)
      for (size_t i = 0; i < 2; ++i) {
        const double half = groups.reference[i] > groups.current[i] ? 0.5 : -0.5;
        groups.reference[i] -= half;
        groups.current[i] += half;
      }
    const auto test = stats::homogeneity(groups);
    const double rows = stats::total(groups.reference) + stats::total(groups.current);
    const double categories = test.degrees_of_freedom + 1, spread = test.degrees_of_freedom / (rows - 1);
    const double square = test.statistic / rows - spread;
    const double smallest = std::min(categories - test.degrees_of_freedom * spread, 2 - 1 / (rows - 1)) - 1;
    expect_relative(std::sqrt(square / smallest), vector.statistic(), kStatisticTolerance);
    // Ours divides by 1 where Bergsma's divides by a little less, and takes df / N where his takes df / (N - 1).
    EXPECT_NEAR(stats::corrected_cramers_v(groups, test), vector.statistic(), 2e-3);
  });
}

TEST(DriftVectors, LargestChangeOfAShare) {
  const std::vector<stats::GroupCounts> tables{{{2, 2, 2, 0}, {2, 2, 2, 1}}, {{2, 2, 2}, {0, 5, 0}}};
  size_t index = 0;
  for_each_vector("l_infinity", 2, [&](const Vector& vector) {
    const auto& groups = tables[index++];
    double largest = 0;
    for (size_t i = 0; i < groups.reference.size(); ++i)
      largest = std::max(largest, std::abs(stats::Proportions{groups.reference[i], stats::total(groups.reference),
                                                              groups.current[i], stats::total(groups.current)}
                                               .difference()));
    expect_relative(largest, vector.statistic(), kStatisticTolerance);
  });
}

// Each decile of the reference ends a bin.
TEST(DriftVectors, Deciles) {
  for_each_vector("deciles_lower_index", 1, [](const Vector& vector) {
    Rows values, counts;
    for (const double row : sorted(vector.current())) {
      if (values.empty() || values.back() != row) values.push_back(row), counts.push_back(0);
      ++counts.back();
    }
    NumericSample sample;
    sample.values = values;
    sample.rows = counts;
    sample.row_count = stats::total(counts);
    const auto bins = stats::quantile_bins(sample, sample, 10);
    Rows expected = vector.statistics();
    expected.push_back(values.back());
    EXPECT_EQ(bins.last, expected);
  });
}

}  // namespace
}  // namespace veleta
