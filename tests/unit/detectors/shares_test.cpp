#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "detector_under_test.hpp"
#include "outside.hpp"
#include "statistics/share_change.hpp"
#include "veleta/error.hpp"

namespace veleta::testing {
namespace {

namespace stats = statistics;

Numbers flags(int zeros, int ones, double missing = 0) {
  std::vector<double> values(static_cast<size_t>(zeros), 0.0);
  values.resize(static_cast<size_t>(zeros + ones), 1.0);
  return Numbers(values, missing);
}

TEST(ZProportions, IsTheTestOfTwoShares) {
  const auto result = compare("z_proportions", flags(600, 400), flags(500, 500));
  const double z = 0.1 / std::sqrt(0.45 * 0.55 * 2 / 1000);
  EXPECT_NEAR(result.statistic, z, 1e-12);
  EXPECT_NEAR(result.p_value / std::erfc(z / std::sqrt(2)), 1, 1e-12);
  EXPECT_DOUBLE_EQ(result.effect, 0.1);
  EXPECT_EQ(result.direction, 1);
  EXPECT_EQ(result.detail, "1 40 % → 50 %");
}

// 2 (1 - cdf) is 0 from |z| = 8.3 on.
TEST(ZProportions, KeepsTheDigitsOfItsTail) {
  const auto result = compare("z_proportions", {{{"a", 60000}, {"b", 40000}}, {{"a", 51700}, {"b", 48300}}});
  EXPECT_LT(result.p_value, 1e-250);
  EXPECT_NEAR(result.p_value / std::erfc(std::abs(result.statistic) / std::sqrt(2)), 1, 1e-12);
  EXPECT_GT(result.p_value, 0);
}

TEST(ZProportions, CorrectsForTheChoiceAmongMany) {
  const auto result =
      compare("z_proportions", {{{"a", 500}, {"b", 300}, {"c", 200}}, {{"a", 440}, {"b", 320}, {"c", 240}}});
  const double z = 0.06 / std::sqrt(0.47 * 0.53 * 2 / 1000);
  EXPECT_NEAR(result.p_value, 3 * std::erfc(z / std::sqrt(2)), 1e-12);
  EXPECT_EQ(result.detail, "a 50 % → 44 %");
}

// Newcombe (1998), table II, (a): 56/70 against 48/80 gives 0.0524 to 0.3339.
TEST(NewcombeInterval, IsThatOfThePaper) {
  const auto interval = stats::newcombe_interval({48, 80, 56, 70}, stats::normal_quantile(0.025));
  EXPECT_NEAR(interval.low, 0.0524, 5e-5);
  EXPECT_NEAR(interval.high, 0.3339, 5e-5);
}

TEST(MissingShare, HasAnIntervalOfTheChange) {
  const auto result =
      compare("missing_share", Numbers(std::vector<double>(980, 1.0), 20), Numbers(std::vector<double>(670, 1.0), 330));
  EXPECT_LT(result.effect_low, 0.31);
  EXPECT_GT(result.effect_low, 0.27);
  EXPECT_GT(result.effect_high, 0.31);
  EXPECT_LT(result.effect_high, 0.35);
}

// Of two reference rows and one current, each order is as likely: two in three put the current one at an end.
TEST(OutsideSf, CountsOrders) {
  EXPECT_NEAR(stats::outside_sf(1, 1, 2), 2.0 / 3, 1e-14);
  EXPECT_NEAR(stats::outside_sf(2, 2, 2), 3.0 / 6, 1e-14);  // CCRR, CRRC and RRCC, of 6 orders
  EXPECT_EQ(stats::outside_sf(0, 50, 70), 1);
}

TEST(OutsideSf, KeepsTheDigitsOfItsTail) {
  constexpr double kWays = 2.702882409454366e299;  // C(1000, 500)
  EXPECT_NEAR(stats::outside_sf(500, 500, 500) * kWays / 501, 1, 1e-9);
}

TEST(RangeViolation, TakesWhatChancePutsOutsideForGranted) {
  Random random(41);
  const Numbers reference(normal_values(random, 1000)), current(normal_values(random, 1000));
  const auto result = compare("range_violation", reference, current);
  EXPECT_FALSE(alarms(result));
  EXPECT_GT(result.p_value, 0.05);
}

TEST(RangeViolation, SaysWhereTheRangeWasLeft) {
  std::vector<double> before, after;
  for (int i = 0; i <= 1000; ++i) {
    before.push_back(i);
    after.push_back(i < 950 ? i : 2000);
  }
  const auto result = compare("range_violation", Numbers(before), Numbers(after));
  EXPECT_TRUE(alarms(result));
  EXPECT_EQ(result.direction, 1);
  EXPECT_EQ(result.detail, "5.09 % above 1000");
  EXPECT_LT(result.effect_low, result.effect);
  EXPECT_GT(result.effect_high, result.effect);
}

TEST(RangeViolation, HoldsGivenLimits) {
  const auto detector = make_detector("range_violation", {{"minimum", "0"}, {"maximum", "100"}});
  std::vector<double> before(1000, 50.0), after(1000, 50.0);
  before[0] = 101;
  for (size_t i = 0; i < 100; ++i) after[i] = -1;
  const Numbers reference(before), current(after);
  const auto result = detector->compare(NumericSample(reference), NumericSample(current));
  EXPECT_TRUE(alarms(result));
  EXPECT_NEAR(result.effect, 0.099, 1e-12);
  EXPECT_EQ(result.direction, -1);
  EXPECT_EQ(result.detail, "10 % below 0");
  const auto fewer = detector->compare(NumericSample(current), NumericSample(reference));
  EXPECT_EQ(fewer.effect, 0) << "rows that come back inside are no violation";
}

TEST(RangeViolation, RefusesLimitsThatNothingKeeps) {
  EXPECT_THROW(make_detector("range_violation", {{"minimum", "5"}, {"maximum", "4"}}), Error);
}

TEST(TypeViolation, ComparesTheSharesOfAllRows) {
  const Numbers values(std::vector<double>(900, 1.0), 100);
  NumericSample reference = values, current = values;
  current.wrong_type_count = 100;
  const auto result = make_detector("type_violation")->compare(reference, current);
  EXPECT_TRUE(alarms(result));
  EXPECT_DOUBLE_EQ(result.effect, 0.1);
  EXPECT_EQ(result.detail, "of another type 0 % → 10 %");
}

DriftResult compare_volumes(const std::vector<double>& parts, double rows) {
  RowSample reference, current;
  reference.part_rows = parts;
  for (const double part : parts) reference.row_count += part;
  current.row_count = rows;
  return make_detector("row_volume")->compare(reference, current);
}

TEST(RowVolume, PredictsAFurtherPart) {
  const std::vector<double> parts{900, 950, 1000, 1050, 1100};
  const auto usual = compare_volumes(parts, 1020), few = compare_volumes(parts, 500),
             many = compare_volumes(parts, 2000);
  EXPECT_FALSE(alarms(usual));
  EXPECT_TRUE(alarms(few));
  EXPECT_TRUE(alarms(many));
  EXPECT_EQ(few.direction, -1);
  EXPECT_EQ(many.direction, 1);
  EXPECT_LT(few.effect_low, few.effect);
  EXPECT_GT(few.effect_high, few.effect);
  EXPECT_EQ(few.detail, "500 rows; 5 parts had 900 to 1100");
}

TEST(RowVolume, OfPartsThatAreAlikeAllowsWhatRowsVaryBy) {
  EXPECT_EQ(compare_volumes({1000, 1000, 1000}, 1000).p_value, 1);
  EXPECT_GT(compare_volumes({1000, 1000, 1000}, 960).p_value, 0.05);
}

TEST(RowVolume, HasARatioAloneWherePartsAreFew) {
  const auto result = compare_volumes({1000}, 2000);
  EXPECT_FALSE(result.has_p_value());
  EXPECT_NEAR(result.effect, std::log(2), 1e-12);
  EXPECT_EQ(result.detail, "2000 rows; the reference had 1000");
}

TEST(RowVolume, JudgesNoRowsAtAll) { EXPECT_TRUE(alarms(compare_volumes({1000, 1050, 1100, 1020}, 0))); }

TEST(RowVolume, NeedsToKnowTheParts) { EXPECT_THROW(compare_volumes({}, 100), Error); }

// The parts' logarithms are normal, as the interval takes them.
TEST(RowVolume, AlarmsOnceInTwentyWhereNothingMoved) {
  constexpr int kWindows = 1000;
  Random random(42);
  int alarmed = 0;
  for (int i = 0; i < kWindows; ++i) {
    auto logarithms = normal_values(random, 7, 9, 0.3);
    const double rows = std::exp(logarithms.back());
    logarithms.pop_back();
    std::ranges::sort(logarithms);
    for (double& value : logarithms) value = std::exp(value);
    alarmed += compare_volumes(logarithms, rows).p_value <= 0.05;
  }
  EXPECT_NEAR(alarmed, 0.05 * kWindows, 0.021 * kWindows);
}

// Where a third of the rows goes missing, the others are what they were.
TEST(Missing, IsNoValueDriftToAnyDetector) {
  const Categories categories({{"a", 600}, {"b", 400}}, {{"a", 402}, {"b", 268}});
  CategoricalSample current = categories.current();
  current.missing_count = 330;
  for (const char* name : {"chi_square", "psi", "new_categories", "jensen_shannon", "kl", "hellinger",
                           "total_variation", "cramers_v", "g_test", "fisher_exact", "z_proportions", "type_violation"})
    EXPECT_FALSE(alarms(make_detector(name)->compare(categories.reference(), current))) << name;
  EXPECT_TRUE(alarms(make_detector("missing_share")->compare(categories.reference(), current)));
  for (const char* name : {"z_proportions", "range_violation", "type_violation"})
    EXPECT_FALSE(alarms(compare(name, flags(600, 400), flags(402, 268, 330)))) << name;
  EXPECT_TRUE(alarms(compare("missing_share", flags(600, 400), flags(402, 268, 330))));
}

}  // namespace
}  // namespace veleta::testing
