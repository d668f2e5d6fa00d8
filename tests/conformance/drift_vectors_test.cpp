#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "drift/drift.hpp"
#include "statistics/categories.hpp"
#include "statistics/divergence.hpp"
#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/sorted_samples.hpp"
#include "statistics/two_proportions.hpp"

// Runs the vectors of drift.json, which says of each where it comes from. Statistics agree to 1e-12 of their value,
// exact Kolmogorov–Smirnov probabilities likewise, all others to 1e-9.

namespace veleta {
namespace {

namespace stats = statistics;
using Rows = std::vector<double>;

constexpr double kStatisticTolerance = 1e-12;
constexpr double kPTolerance = 1e-9;

void expect_relative(double actual, double expected, double tolerance) {
  EXPECT_NEAR(actual, expected, tolerance * std::abs(expected));
}

/// One entry of the file, and the streams that its data may name.
class Vector {
 public:
  Vector(const json::object& entry, const json::object& streams) : entry_(entry), streams_(streams) {}

  std::string source() const { return text_or_empty(entry_, "source"); }
  Rows reference() const { return rows(entry_.at("reference")); }
  Rows current() const { return rows(entry_.at("current")); }
  Rows reference_counts() const { return numbers(entry_.at("reference").at("counts")); }
  Rows current_counts() const { return numbers(entry_.at("current").at("counts")); }
  double statistic() const { return entry_.at("expected_statistic").to_number<double>(); }
  Rows statistics() const { return numbers(entry_.at("expected_statistic")); }
  bool has_p() const { return !entry_.at("expected_pvalue").is_null(); }
  double p() const { return entry_.at("expected_pvalue").to_number<double>(); }
  const json::object& params() const { return entry_.at("params").as_object(); }
  double param(std::string_view name) const { return params().at(name).to_number<double>(); }
  Rows list(std::string_view name) const { return numbers(params().at(name)); }
  /// Value i as many times as counts[i] says.
  static Rows repeat(const Rows& values, const Rows& counts) {
    Rows result;
    for (size_t i = 0; i < values.size(); ++i) result.insert(result.end(), static_cast<size_t>(counts[i]), values[i]);
    return result;
  }

  bool mentions(std::string_view param, std::string_view word) const {
    return text_or_empty(params(), param).find(word) != std::string::npos;
  }

 private:
  static Rows numbers(const json::value& list) {
    Rows result;
    for (const auto& item : list.as_array()) result.push_back(item.to_number<double>());
    return result;
  }

  Rows rows(const json::value& data) const {
    if (data.is_array()) return numbers(data);
    if (data.is_string()) return numbers(streams_.at(data.as_string().subview(1)).at("data"));
    return repeat(numbers(data.at("values")), numbers(data.at("counts")));
  }

  const json::object& entry_;
  const json::object& streams_;
};

/// Calls `check` with each vector of `method`, of which there must be `count`.
void for_each_vector(const std::string& method, size_t count, const std::function<void(const Vector&)>& check) {
  static const json::value file = read_json_file(VELETA_SOURCE_FOLDER "/tests/conformance/drift.json");
  size_t found = 0;
  for (const auto& entry : file.at("vectors").as_array()) {
    if (entry.at("method").as_string() != method) continue;
    ++found;
    const Vector vector(entry.as_object(), file.at("streams").as_object());
    SCOPED_TRACE(method + ", vector " + std::to_string(found) + ": " + vector.source());
    check(vector);
  }
  EXPECT_EQ(found, count);
}

Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Rows of either window per distinct value.
stats::GroupCounts count_values(const Rows& reference, const Rows& current) {
  std::map<double, std::pair<double, double>> counts;
  for (const double value : reference) ++counts[value].first;
  for (const double value : current) ++counts[value].second;
  stats::GroupCounts groups;
  for (const auto& [value, rows] : counts) groups.add(rows.first, rows.second);
  return groups;
}

/// Rows per bin as numpy's histogram has it: the lower edge belongs to its bin, the last edge to the last bin.
Rows histogram(const Rows& rows, const Rows& edges) {
  Rows counts(edges.size() - 1, 0.0);
  for (const double value : rows) {
    const auto above = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
    ++counts[std::min(static_cast<size_t>(above) - 1, counts.size() - 1)];
  }
  return counts;
}

Rows even_edges(const Rows& reference, const Rows& current, double bins) {
  const auto [low, high] = std::minmax(
      {sorted(reference).front(), sorted(current).front(), sorted(reference).back(), sorted(current).back()});
  Rows edges;
  for (double i = 0; i < bins; ++i) edges.push_back(low + i * ((high - low) / bins));
  edges.push_back(high);
  return edges;
}

stats::GroupCounts bin(const Vector& vector) {
  const Rows reference = vector.reference(), current = vector.current();
  if (vector.params().contains("edges") && vector.params().at("edges").is_array())
    return {histogram(reference, vector.list("edges")), histogram(current, vector.list("edges"))};
  if (!vector.params().contains("bins")) return count_values(reference, current);
  const Rows edges = even_edges(reference, current, vector.param("bins"));
  return {histogram(reference, edges), histogram(current, edges)};
}

TEST(DriftVectors, KolmogorovSmirnov) {
  for_each_vector("ks_2samp", 7, [](const Vector& vector) {
    const Rows reference = sorted(vector.reference()), current = sorted(vector.current());
    const double distance = stats::largest_gap(reference, current).distance;
    expect_relative(distance, vector.statistic(), kStatisticTolerance);
    if (!vector.has_p()) return;
    if (vector.mentions("method", "exact")) {
      expect_relative(stats::kolmogorov_two_sample_sf(reference.size(), current.size(), distance), vector.p(), 1e-12);
    } else {
      const auto n = static_cast<double>(reference.size()), m = static_cast<double>(current.size());
      const double rows = std::nearbyint(stats::effective_rows(n, m));
      expect_relative(stats::kolmogorov_sf(rows, distance), vector.p(), kPTolerance);
    }
  });
}

TEST(DriftVectors, KolmogorovSmirnovOfManyRows) {
  for_each_vector("ks_pvalue_large_n", 3, [](const Vector& vector) {
    const double rows = std::nearbyint(stats::effective_rows(vector.param("n_ref"), vector.param("n_cur")));
    expect_relative(stats::kolmogorov_sf(rows, vector.param("D")), vector.p(), kPTolerance);
  });
}

TEST(DriftVectors, ChiSquaredHomogeneity) {
  for_each_vector("chi2_homogeneity", 3, [](const Vector& vector) {
    const bool counts = vector.mentions("input", "counts");
    const stats::GroupCounts groups = counts ? stats::GroupCounts{vector.reference(), vector.current()}
                                             : count_values(vector.reference(), vector.current());
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
    const auto groups = bin(vector);
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

TEST(DriftVectors, Wasserstein) {
  for_each_vector("wasserstein_1", 2, [](const Vector& vector) {
    expect_relative(stats::wasserstein_distance(sorted(vector.reference()), sorted(vector.current())),
                    vector.statistic(), kStatisticTolerance);
  });
}

TEST(DriftVectors, WassersteinWhereAWeightIsARowRepeated) {
  for_each_vector("wasserstein_1_weighted", 1, [](const Vector& vector) {
    const Rows reference = Vector::repeat(vector.reference(), vector.list("u_weights"));
    const Rows current = Vector::repeat(vector.current(), vector.list("v_weights"));
    expect_relative(stats::wasserstein_distance(sorted(reference), sorted(current)), vector.statistic(),
                    kStatisticTolerance);
  });
}

TEST(DriftVectors, WassersteinInStandardDeviations) {
  for_each_vector("wasserstein_normed", 1, [](const Vector& vector) {
    const Rows reference = sorted(vector.reference());
    double mean = 0, variance = 0;
    for (const double value : reference) mean += value / static_cast<double>(reference.size());
    for (const double value : reference)
      variance += (value - mean) * (value - mean) / static_cast<double>(reference.size());
    const double distance = stats::wasserstein_distance(reference, sorted(vector.current()));
    expect_relative(distance / std::max(std::sqrt(variance), 0.001), vector.statistic(), kStatisticTolerance);
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
