#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "detector_under_test.hpp"
#include "drift_vectors.hpp"
#include "kuiper_tail.hpp"
#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/student_t.hpp"

// The vectors of drift.json for numeric columns, each through the plugin that ships.

namespace veleta {
namespace {

namespace stats = statistics;
using testing::make_detector;
using testing::Settings;

/// Two windows as rows at the values they share.
class Windows {
 public:
  explicit Windows(const Vector& vector) : Windows(vector.reference(), vector.current()) {}
  Windows(const Rows& reference, const Rows& current)
      : Windows(reference, Rows(reference.size(), 1), current, Rows(current.size(), 1)) {}
  Windows(const Rows& reference, const Rows& reference_weights, const Rows& current, const Rows& current_weights) {
    std::map<double, std::pair<double, double>> rows;
    for (size_t i = 0; i < reference.size(); ++i) rows[reference[i]].first += reference_weights[i];
    for (size_t i = 0; i < current.size(); ++i) rows[current[i]].second += current_weights[i];
    for (const auto& [value, counts] : rows) {
      values_.push_back(value);
      reference_.push_back(counts.first);
      current_.push_back(counts.second);
    }
  }

  DriftResult compare(const std::string& detector, const Settings& settings = {}) const {
    return make_detector(detector, settings)->compare(sample(reference_), sample(current_));
  }

 private:
  NumericSample sample(const Rows& rows) const {
    NumericSample sample;
    for (const double count : rows) sample.row_count += count;
    sample.values = values_;
    sample.rows = rows;
    double squares = 0;
    for (size_t i = 0; i < rows.size(); ++i) sample.mean += values_[i] * rows[i] / sample.row_count;
    for (size_t i = 0; i < rows.size(); ++i)
      squares += (values_[i] - sample.mean) * (values_[i] - sample.mean) * rows[i];
    if (sample.row_count > 1) sample.standard_deviation = std::sqrt(squares / (sample.row_count - 1));
    return sample;
  }

  Rows values_, reference_, current_;
};

void expect_statistic(const Vector& vector, double actual) {
  expect_relative(actual, vector.statistic(), kStatisticTolerance);
}

TEST(DriftVectors, KolmogorovSmirnov) {
  for_each_vector("ks_2samp", 7, [](const Vector& vector) {
    const bool exact = vector.mentions("method", "exact");
    const auto result = Windows(vector).compare("ks", {{"exact_max_rows", exact ? int64_t{10000} : int64_t{0}}});
    expect_statistic(vector, result.statistic);
    if (vector.has_p()) expect_relative(result.p_value, vector.p(), exact ? 1e-12 : kPTolerance);
  });
}

TEST(DriftVectors, KolmogorovSmirnovOfManyRows) {
  for_each_vector("ks_pvalue_large_n", 3, [](const Vector& vector) {
    const double rows = std::nearbyint(stats::effective_rows(vector.param("n_ref"), vector.param("n_cur")));
    expect_relative(stats::kolmogorov_sf(rows, vector.param("D")), vector.p(), kPTolerance);
  });
}

// The vectors are one-sided where they are exact; twice the smaller of both tails is ours.
TEST(DriftVectors, MannWhitney) {
  for_each_vector("mann_whitney_u", 3, [](const Vector& vector) {
    const auto result = Windows(vector).compare("mann_whitney");
    expect_statistic(vector, result.statistic);
    if (vector.mentions("alternative", "greater")) expect_relative(result.p_value, 2 * vector.p(), kPTolerance);
    if (vector.mentions("alternative", "two-sided")) expect_relative(result.p_value, vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, CramerVonMises) {
  for_each_vector("cvm_2samp", 2, [](const Vector& vector) {
    const auto result = Windows(vector).compare("cramer_von_mises");
    expect_statistic(vector, result.statistic);
    if (vector.mentions("method", "exact"))
      expect_relative(result.p_value, vector.p(), kPTolerance);
    else  // scipy ends its series at terms of 1e-7, and gives 1.8e-10 for 5.4e-13
      EXPECT_NEAR(result.p_value, vector.p(), 1e-9);
  });
}

// The published p-value is interpolated in a table that ends at 0.001 and 0.25.
TEST(DriftVectors, AndersonDarling) {
  for_each_vector("anderson_darling_ksamp", 1, [](const Vector& vector) {
    const auto result = Windows(vector).compare("anderson_darling");
    expect_statistic(vector, result.statistic);
    expect_relative(result.p_value, vector.p(), 0.05);
  });
}

TEST(DriftVectors, WelchWithoutTrimming) {
  for_each_vector("welch_t_test", 1, [](const Vector& vector) {
    const auto result = Windows(vector).compare("welch_t", {{"trim", 0.0}});
    expect_statistic(vector, result.statistic);
    expect_relative(result.p_value, vector.p(), kPTolerance);
  });
}

// Windows of one size have the same t with a pooled variance.
TEST(DriftVectors, StudentsT) {
  for_each_vector("t_test_equal_var", 1, [](const Vector& vector) {
    const auto result = Windows(vector).compare("welch_t", {{"trim", 0.0}});
    expect_statistic(vector, result.statistic);
    const auto freedom = static_cast<double>(vector.reference().size() + vector.current().size() - 2);
    expect_relative(stats::student_t_two_sided(result.statistic, freedom), vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, EppsSingleton) {
  for_each_vector("epps_singleton", 1, [](const Vector& vector) {
    const auto result = Windows(vector).compare("epps_singleton");
    expect_statistic(vector, result.statistic);
    expect_relative(result.p_value, vector.p(), kPTolerance);
  });
}

// The source takes Kuiper's tail at the Kolmogorov–Smirnov statistic.
TEST(DriftVectors, Kuiper) {
  for_each_vector("kuiper_2samp", 1, [](const Vector& vector) {
    const Windows windows(vector);
    expect_statistic(vector, windows.compare("ks").statistic);
    EXPECT_GE(windows.compare("kuiper").statistic, vector.statistic());
    const auto n = static_cast<double>(vector.reference().size()), m = static_cast<double>(vector.current().size());
    expect_relative(kuiper_sf(stats::effective_rows(n, m), vector.statistic()), vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, Wasserstein) {
  for_each_vector("wasserstein_1", 2, [](const Vector& vector) {
    expect_statistic(vector, Windows(vector).compare("wasserstein").statistic);
  });
}

Windows weighted(const Vector& vector) {
  return {vector.reference(), vector.list("u_weights"), vector.current(), vector.list("v_weights")};
}

TEST(DriftVectors, WassersteinOfWeightedRows) {
  for_each_vector("wasserstein_1_weighted", 1, [](const Vector& vector) {
    expect_statistic(vector, weighted(vector).compare("wasserstein").statistic);
  });
}

TEST(DriftVectors, WassersteinInStandardDeviations) {
  for_each_vector("wasserstein_normed", 1, [](const Vector& vector) {
    const Rows reference = vector.reference();
    double mean = 0, variance = 0;
    for (const double value : reference) mean += value / static_cast<double>(reference.size());
    for (const double value : reference)
      variance += (value - mean) * (value - mean) / static_cast<double>(reference.size());
    const double distance = Windows(vector).compare("wasserstein").statistic;
    expect_statistic(vector, distance / std::max(std::sqrt(variance), 0.001));
  });
}

TEST(DriftVectors, WassersteinFromLeastToGreatest) {
  for_each_vector("emd_minmax_scaled", 2, [](const Vector& vector) {
    Rows all = vector.reference();
    const Rows current = vector.current();
    all.insert(all.end(), current.begin(), current.end());
    const auto [least, greatest] = std::ranges::minmax(all);
    const double distance = Windows(vector).compare("wasserstein").statistic;
    expect_relative(distance / (greatest - least), vector.statistic(), 1e-10);
  });
}

TEST(DriftVectors, Energy) {
  for_each_vector("energy_distance", 2,
                  [](const Vector& vector) { expect_statistic(vector, Windows(vector).compare("energy").statistic); });
}

TEST(DriftVectors, EnergyOfWeightedRows) {
  for_each_vector("energy_distance_weighted", 1,
                  [](const Vector& vector) { expect_statistic(vector, weighted(vector).compare("energy").statistic); });
}

}  // namespace
}  // namespace veleta
