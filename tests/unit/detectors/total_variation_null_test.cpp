#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/random/binomial_distribution.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

#include "detector_under_test.hpp"
#include "null_distribution.hpp"

namespace veleta::testing {
namespace {

using total_variation::NullDistribution;

/// P(T >= t) of three groups, whose differences lie in a plane: along each direction T is a multiple of the distance
/// from 0, whose square is chi-squared with two degrees of freedom.
double sf_of_three(const std::vector<double>& shares, double t) {
  const double deviation = std::sqrt(shares[0] * (1 - shares[0])), slope = -shares[0] * shares[1] / deviation;
  const double rest = std::sqrt(shares[1] * (1 - shares[1]) - slope * slope);
  static constexpr int kDirections = 20'000;
  double sum = 0;
  for (int i = 0; i < kDirections; ++i) {
    const double angle = 2 * std::numbers::pi * (i + 0.5) / kDirections;
    const double first = deviation * std::cos(angle), second = slope * std::cos(angle) + rest * std::sin(angle);
    const double along = (std::abs(first) + std::abs(second) + std::abs(first + second)) / 2;
    sum += std::exp(-t * t / (2 * along * along));
  }
  return sum / kDirections;
}

double quantile_of_three(const std::vector<double>& shares, double p) {
  double low = 0, high = 10;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (sf_of_three(shares, middle) > p ? low : high) = middle;
  }
  return high;
}

const std::vector<std::vector<double>> kThreeShares{
    {1.0 / 3, 1.0 / 3, 1.0 / 3}, {0.5, 0.3, 0.2}, {0.45, 0.45, 0.1}, {0.1, 0.8, 0.1}, {0.98, 0.01, 0.01}};

TEST(TotalVariationNull, OfThreeGroupsIsRightInItsTail) {
  for (const auto& shares : kThreeShares) {
    const NullDistribution null(shares, 1);
    for (const double p : {0.5, 0.2, 0.05, 0.01, 1e-3, 1e-6})
      EXPECT_NEAR(null.sf(quantile_of_three(shares, p)) / p, 1, 0.04) << shares[0] << ", p = " << p;
    EXPECT_NEAR(null.quantile(0.05) / quantile_of_three(shares, 0.05), 1, 0.01) << shares[0];
  }
}

TEST(TotalVariationNull, IsNeverTooSmallHoweverFarOut) {
  for (const auto& shares : kThreeShares) {
    const NullDistribution null(shares, 1);
    const double spread = std::sqrt(std::max(shares[0], 0.5) * (1 - std::max(shares[0], 0.5)));
    for (const double deviations : {6.0, 8.0, 12.0, 20.0, 30.0})
      EXPECT_GE(null.sf(deviations * spread), 0.96 * sf_of_three(shares, deviations * spread))
          << shares[0] << ", " << deviations;
  }
}

TEST(TotalVariationNull, FallsWithTheDistanceFromOneToNothing) {
  const std::vector<std::vector<double>> all{{0.5, 0.5}, {0.9, 0.06, 0.04}, std::vector<double>(100, 0.01)};
  for (const auto& shares : all) {
    const NullDistribution null(shares, 0.02);
    double last = null.sf(0);
    EXPECT_EQ(last, 1);
    for (int i = 1; i <= 1000; ++i) {
      const double p = null.sf(i * 0.005);
      EXPECT_LE(p, last) << shares[0] << " at " << i * 0.005;
      last = p;
    }
    EXPECT_LT(last, 1e-100);
  }
}

// E|z| is sqrt(2 / pi) times z's deviation; E|z z'| is 2 / pi (sqrt(1 - r²) + r asin r) times both (Nabeya 1951).
TEST(TotalVariationNull, HasTheMomentsOfNormalDifferences) {
  const std::vector<double> shares{0.4, 0.3, 0.2, 0.1};
  double mean = 0, square = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const double variance = shares[i] * (1 - shares[i]);
    mean += std::sqrt(2 / std::numbers::pi * variance) / 2;
    for (size_t j = 0; j < shares.size(); ++j) {
      const double other = shares[j] * (1 - shares[j]);
      const double r = i == j ? 1 : shares[i] * shares[j] / std::sqrt(variance * other);
      square += std::sqrt(variance * other) / 2 / std::numbers::pi * (std::sqrt(1 - r * r) + r * std::asin(r));
    }
  }
  const NullDistribution null(shares, 0.01);
  EXPECT_NEAR(null.mean() / (mean * 0.1), 1, 1e-6);
  EXPECT_NEAR(null.mean_square() / (square * 0.01), 1, 1e-6);
}

struct Case {
  const char* name;
  std::vector<double> shares;
  int rows;
};

class TotalVariationLevel : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Categories, TotalVariationLevel,
    ::testing::Values(Case{"Alike", std::vector<double>(10, 0.1), 1000},
                      Case{"OneOfMost", {0.8, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02}, 2000},
                      Case{"OneOfHalf", {0.55, 0.15, 0.15, 0.15}, 10000}),
    [](const auto& instance) { return instance.param.name; });

std::vector<double> draw(Random& random, const std::vector<double>& shares, int rows) {
  std::vector<double> counts;
  double rest = 1;
  for (const double share : shares) {
    const double part = std::clamp(share / rest, 0.0, 1.0);
    const int count = &share == &shares.back() ? rows : boost::random::binomial_distribution<int>(rows, part)(random);
    counts.push_back(count);
    rows -= count, rest -= share;
  }
  return counts;
}

TEST_P(TotalVariationLevel, HoldsFarFromOneInTwenty) {
  static constexpr int kWindows = 20'000;
  static constexpr std::array kLevels{0.05, 0.01, 0.001};
  const auto& [name, shares, rows] = GetParam();
  const std::vector<const char*> names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
  const std::span labels(names.data(), shares.size());
  const auto detector = make_detector("total_variation");
  Random random(5);
  std::array<int, kLevels.size()> alarms{};
  for (int i = 0; i < kWindows; ++i) {
    const auto before = draw(random, shares, rows), after = draw(random, shares, rows);
    const auto rows_count = static_cast<double>(rows);
    const double p =
        detector
            ->compare(CategoricalSample{labels, before, rows_count, 0}, CategoricalSample{labels, after, rows_count, 0})
            .p_value;
    for (size_t k = 0; k < kLevels.size(); ++k) alarms[k] += p <= kLevels[k];
  }
  for (size_t k = 0; k < kLevels.size(); ++k) {
    const double expected = kWindows * kLevels[k];
    EXPECT_NEAR(alarms[k], expected, 3 * std::sqrt(expected) + 0.02 * expected) << "at " << kLevels[k];
  }
}

}  // namespace
}  // namespace veleta::testing
