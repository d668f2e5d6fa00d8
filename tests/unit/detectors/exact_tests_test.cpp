#include <gtest/gtest.h>

#include <cmath>

#include "detector_under_test.hpp"
#include "exact_test.hpp"
#include "likelihood_ratio.hpp"
#include "statistics/tails.hpp"

namespace veleta::testing {
namespace {

namespace stats = statistics;

// All 2 x 4 tables with these margins were summed.
TEST(ExactTest, HasTheProbabilityOfAllTablesThatAreNoLikelier) {
  const stats::GroupCounts groups{{3, 1, 5, 0}, {1, 4, 2, 6}};
  constexpr double kExact = 0.020457561014836527;
  EXPECT_NEAR(stats::ExactTest(groups).p_value(4999), kExact, 3 * std::sqrt(kExact / 4999));
}

TEST(ExactTest, OfTwoGroupsAgreesWithFishers) {
  const auto result = compare("fisher_exact", {{{"a", 3}, {"b", 15}}, {{"a", 9}, {"b", 7}}});
  EXPECT_NEAR(result.p_value, 0.029943092969644206, 1e-12);  // scipy 1.17 fisher_exact
  EXPECT_NEAR(stats::ExactTest({{3, 15}, {9, 7}}).p_value(4999), result.p_value, 0.008);
}

TEST(ExactTest, BoundsWhatNoDrawReaches) {
  const stats::GroupCounts groups{{400, 300, 300}, {100, 300, 600}};
  const double p = stats::ExactTest(groups).p_value(199);
  const auto pearson = stats::homogeneity(groups);
  const double asymptotic = stats::chi_squared_sf(pearson.statistic, pearson.degrees_of_freedom);
  EXPECT_NEAR(std::log(p) / std::log(asymptotic), 1, 0.05);
}

TEST(ExactTest, IsTheSameEachTime) {
  const stats::GroupCounts groups{{30, 20, 25}, {22, 28, 17}};
  EXPECT_EQ(stats::ExactTest(groups).p_value(999), stats::ExactTest(groups).p_value(999));
}

// Mean and variance of the hypergeometric distribution, by either way of drawing and either symmetry.
TEST(Hypergeometric, HasItsMeanAndVariance) {
  constexpr int kDraws = 20000;
  const stats::Hypergeometric draw(stats::LogFactorials::table());
  Random random(51);
  struct {
    double rows, marked, taken;
  } cases[] = {{30, 15, 8}, {50, 7, 20}, {50, 40, 30}, {2000, 1900, 1500}, {1e6, 3e5, 2e5}, {1e9, 100, 5e8}};
  for (const auto& [rows, marked, taken] : cases) {
    const double share = marked / rows, mean = taken * share;
    const double variance = mean * (1 - share) * (rows - taken) / (rows - 1);
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double found = draw(random, rows, marked, taken);
      ASSERT_GE(found, std::max(0.0, taken + marked - rows));
      ASSERT_LE(found, std::min(marked, taken));
      sum += found - mean;
      squares += (found - mean) * (found - mean);
    }
    EXPECT_NEAR(sum / kDraws, 0, 4 * std::sqrt(variance / kDraws)) << rows << ' ' << marked << ' ' << taken;
    EXPECT_NEAR(squares / kDraws / variance, 1, 0.05) << rows << ' ' << marked << ' ' << taken;
  }
}

TEST(FisherExact, SeesRareCategoriesThatWereReplaced) {
  Categories::Rows before, after;
  for (int i = 0; i < 12; ++i) (i < 6 ? before : after)["c" + std::to_string(i)] = 3;
  EXPECT_LT(compare("fisher_exact", {before, after}).p_value, 1e-3);
}

TEST(GTest, CorrectsByWilliams) {
  const Categories windows({{"a", 20}, {"b", 20}, {"c", 40}}, {{"a", 40}, {"b", 40}, {"c", 40}});
  auto statistic = [&](int64_t williams) {
    return make_detector("g_test", {{"williams", williams}})->compare(windows.reference(), windows.current()).statistic;
  };
  // 1 + (200/80 + 200/120 - 1)(200/60 + 200/60 + 200/80 - 1) / (6 * 200 * 2)
  EXPECT_NEAR(statistic(0) / statistic(1), 1 + (19.0 / 6) * (49.0 / 6) / 2400, 1e-12);
}

TEST(GTest, NamesTheCategoriesThatMovedMost) {
  const auto result = compare("g_test", {{{"a", 500}, {"b", 300}, {"c", 200}}, {{"a", 200}, {"b", 600}, {"c", 200}}});
  EXPECT_TRUE(alarms(result));
  EXPECT_EQ(result.detail, "a 50 % → 20 %, b 30 % → 60 %");
  EXPECT_LT(result.effect_low, result.effect);
  EXPECT_GT(result.effect_high, result.effect);
}

}  // namespace
}  // namespace veleta::testing
