#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/random/discrete_distribution.hpp>
#include <cmath>
#include <numeric>

#include "detector_under_test.hpp"
#include "statistics/bins.hpp"
#include "statistics/divergence.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
namespace stats = statistics;

class OnDivergences : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Detectors, OnDivergences,
                         ::testing::Values("psi", "jensen_shannon", "kl", "hellinger", "total_variation", "cramers_v"),
                         detector_name);

DriftResult compare_counts(const std::string& detector, const std::vector<double>& reference,
                           const std::vector<double>& current) {
  Categories::Rows before, after;
  for (size_t i = 0; i < reference.size(); ++i) before["c" + std::to_string(i)] = reference[i];
  for (size_t i = 0; i < current.size(); ++i) after["c" + std::to_string(i)] = current[i];
  return compare(detector, {before, after});
}

std::vector<double> draw(Random& random, const std::vector<double>& weights, int rows) {
  boost::random::discrete_distribution<size_t> category(weights);
  std::vector<double> counts(weights.size(), 0.0);
  for (int i = 0; i < rows; ++i) ++counts[category(random)];
  return counts;
}

// The windows of 1e9 rows tell the true effect.
TEST_P(OnDivergences, TheIntervalHoldsTheTrueEffectNineteenTimesInTwenty) {
  constexpr int kPairs = 400;
  const std::vector<double> before{30, 25, 20, 15, 10}, after{22, 25, 20, 15, 18};
  auto many = [](std::vector<double> weights) {
    for (double& weight : weights) weight *= 1e7;
    return weights;
  };
  const double truth = compare_counts(GetParam(), many(before), many(after)).effect;
  Random random(31);
  int held = 0;
  for (int i = 0; i < kPairs; ++i) {
    const auto result = compare_counts(GetParam(), draw(random, before, 1000), draw(random, after, 600));
    held += result.effect_low <= truth && truth <= result.effect_high;
    EXPECT_LE(result.effect_low, result.effect);
    EXPECT_GE(result.effect_high, result.effect);
  }
  EXPECT_GE(held, 0.92 * kPairs);
  if (GetParam() == "total_variation") return;  // whose interval is cautious
  EXPECT_LE(held, 0.98 * kPairs);
}

TEST_P(OnDivergences, TheIntervalReachesDownToNothingWhereNothingMoved) {
  constexpr int kPairs = 400;
  const std::vector<double> weights{30, 25, 20, 15, 10};
  Random random(32);
  int held = 0;
  for (int i = 0; i < kPairs; ++i)
    held += compare_counts(GetParam(), draw(random, weights, 1000), draw(random, weights, 600)).effect_low == 0;
  EXPECT_GE(held, 0.92 * kPairs);
}

TEST_P(OnDivergences, WhatCouldBeSeenIsSeenFourTimesInFive) {
  constexpr int kPairs = 400, kRows = 500;
  const std::vector<double> even(4, 1.0);
  const double detectable =
      compare_counts(GetParam(), draw(*std::make_unique<Random>(1), even, kRows), std::vector<double>(4, kRows / 4))
          .detectable_effect;
  // The shift of two categories that makes such an effect, by bisection on windows of very many rows.
  auto shifted = [](double shift) { return std::vector<double>{1 + shift, 1 - shift, 1 + shift, 1 - shift}; };
  double low = 0, high = 0.9;
  for (int i = 0; i < 30; ++i) {
    const double shift = (low + high) / 2;
    auto many = shifted(shift);
    for (double& rows : many) rows *= 1e8;
    (compare_counts(GetParam(), std::vector<double>(4, 1e8), many).effect < detectable ? low : high) = shift;
  }
  Random random(33);
  int seen = 0;
  for (int i = 0; i < kPairs; ++i)
    seen += compare_counts(GetParam(), draw(random, even, kRows), draw(random, shifted(low), kRows)).p_value <= 0.05;
  EXPECT_NEAR(seen, 0.8 * kPairs, 0.08 * kPairs);
}

TEST_P(OnDivergences, TellWhatMovedMost) {
  const auto categories = compare_counts(GetParam(), {500, 300, 200}, {200, 600, 200});
  EXPECT_EQ(categories.detail, "3 groups; c0 50 % → 20 %, c1 30 % → 60 %");
  std::vector<double> low, high;
  for (int i = 0; i < 200; ++i) {
    low.push_back(i);
    high.push_back(i < 100 ? 150 : i);
  }
  EXPECT_THAT(compare(GetParam(), Numbers(low), Numbers(high)).detail, EndsWith("; 140 to 159: 10 % → 60 %"));
}

TEST_P(OnDivergences, SeeABinaryFlagTurnWhicheverValueIsRare) {
  auto flags = [](int zeros, int ones) {
    std::vector<double> values(static_cast<size_t>(zeros), 0.0);
    values.resize(static_cast<size_t>(zeros + ones), 1.0);
    return Numbers(values);
  };
  EXPECT_TRUE(alarms(compare(GetParam(), flags(30, 970), flags(300, 700))));
  EXPECT_TRUE(alarms(compare(GetParam(), flags(970, 30), flags(700, 300))));
}

// The tail is exp(-x / 2) where there are three groups.
TEST(Divergence, HasTailsDownToTheLeastNumbers) {
  const double n = 1e6, m = 1e5, scale = 1 / n + 1 / m;
  for (const auto* divergence : {&stats::kStabilityIndex, &stats::kKullbackLeibler, &stats::kJensenShannon,
                                 &stats::kSquaredHellinger, &stats::kSquaredCramersV}) {
    const double p = stats::divergence_sf(*divergence, 1380 * divergence->chance * scale, 3, n, m);
    EXPECT_NEAR(p / std::exp(-690.0), 1, 1e-9);
  }
}

TEST(Divergence, HasSlopesThatAreDerivatives) {
  constexpr double kStep = 1e-6;
  for (const auto* of :
       {&stats::kStabilityIndex, &stats::kKullbackLeibler, &stats::kReverseKullbackLeibler, &stats::kJensenShannon,
        &stats::kSquaredHellinger, &stats::kSquaredCramersV, &stats::kTotalVariation})
    for (const auto& [p, q] : {std::pair(0.2, 0.3), std::pair(0.7, 0.1)}) {
      EXPECT_NEAR(of->reference_slope(p, q), (of->term(p + kStep, q) - of->term(p - kStep, q)) / (2 * kStep), 1e-6);
      EXPECT_NEAR(of->current_slope(p, q), (of->term(p, q + kStep) - of->term(p, q - kStep)) / (2 * kStep), 1e-6);
    }
}

TEST(JensenShannon, IsOneAtMostInBitsAndOfAnyBase) {
  const auto in_bits = compare("jensen_shannon", {{{"for_sale", 4000}}, {{"sold", 3000}}});
  EXPECT_DOUBLE_EQ(in_bits.statistic, 1);
  const Categories windows({{"for_sale", 4000}}, {{"sold", 3000}});
  const auto detector = make_detector("jensen_shannon", {{"base", "2.718281828459045"}});
  EXPECT_NEAR(detector->compare(windows.reference(), windows.current()).statistic, std::sqrt(std::log(2)), 1e-12);
}

TEST(Kl, LooksFromEitherWindow) {
  const Categories windows({{"a", 900}, {"b", 100}}, {{"a", 500}, {"b", 500}});
  auto of = [&](const char* window) {
    return make_detector("kl", {{"of", window}})->compare(windows.reference(), windows.current()).statistic;
  };
  EXPECT_NEAR(of("current"), 0.5 * std::log(0.5 / 0.9) + 0.5 * std::log(0.5 / 0.1), 1e-12);
  EXPECT_NEAR(of("reference"), 0.9 * std::log(0.9 / 0.5) + 0.1 * std::log(0.1 / 0.5), 1e-12);
}

// Of two groups |d| is the distance, whose deviation is known.
TEST(TotalVariation, OfTwoCategoriesIsTheTestOfTwoShares) {
  const auto result = compare_counts("total_variation", {520, 480}, {450, 550});
  const double z = 0.07 / std::sqrt(0.485 * 0.515 * 2 / 1000);
  EXPECT_NEAR(result.statistic, 0.07, 1e-15);
  EXPECT_NEAR(result.p_value / std::erfc(z / std::sqrt(2)), 1, 1e-9);
}

NumericSample sample(const std::vector<double>& values, const std::vector<double>& rows) {
  NumericSample made;
  made.values = values;
  made.rows = rows;
  made.row_count = std::accumulate(rows.begin(), rows.end(), 0.0);
  return made;
}

TEST(QuantileBins, AreTheReferences) {
  std::vector<double> values(100), even(100, 10.0), late(100, 0.0);
  std::iota(values.begin(), values.end(), 1.0);
  for (size_t i = 90; i < 100; ++i) late[i] = 50;
  const auto bins = stats::quantile_bins(sample(values, even), sample(values, late), 4);
  EXPECT_THAT(bins.last, ElementsAre(25, 50, 75, 100));
  EXPECT_THAT(bins.groups.reference, ElementsAre(250, 250, 250, 250));
  EXPECT_THAT(bins.groups.current, ElementsAre(0, 0, 0, 500));
}

TEST(QuantileBins, KeepAValueThatFillsOneToItself) {
  const std::vector<double> values{1, 2, 3, 4, 5}, reference{100, 0, 800, 0, 100}, current{90, 20, 780, 30, 80};
  const auto bins = stats::quantile_bins(sample(values, reference), sample(values, current), 4);
  EXPECT_THAT(bins.first, ElementsAre(1, 3, 4));
  EXPECT_THAT(bins.last, ElementsAre(2, 3, 5));
  EXPECT_THAT(bins.groups.current, ElementsAre(110, 780, 110));
}

TEST(QuantileBins, PutWhatLiesBeyondAConstantApart) {
  const std::vector<double> values{1, 7, 9}, reference{0, 500, 0}, current{10, 20, 30};
  const auto bins = stats::quantile_bins(sample(values, reference), sample(values, current), 10);
  EXPECT_THAT(bins.groups.current, ElementsAre(10, 20, 30));
}

TEST(Direction, IsThatOfMostPairs) {
  EXPECT_EQ(stats::direction({{10, 10, 10}, {5, 10, 15}}), 1);
  EXPECT_EQ(stats::direction({{10, 10, 10}, {15, 10, 5}}), -1);
  EXPECT_EQ(stats::direction({{10, 10, 10}, {20, 0, 20}}), 0);
}

TEST(Divergences, OfEqualSharesHaveANarrowInterval) {
  const Categories::Rows rows{{"a", 69}, {"b", 27}, {"c", 41}, {"d", 116}, {"e", 114}, {"f", 169}, {"g", 147}};
  for (const char* name : {"kl", "psi", "jensen_shannon", "hellinger"})
    EXPECT_LT(compare(name, Categories(rows, rows)).effect_high, 0.2) << name;
}

}  // namespace
}  // namespace veleta::testing
