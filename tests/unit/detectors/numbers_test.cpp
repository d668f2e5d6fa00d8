#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "detector_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

class OnEveryNumericDetector : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Detectors, OnEveryNumericDetector,
                         ::testing::Values("ks", "psi", "wasserstein", "jensen_shannon", "kl", "hellinger",
                                           "total_variation", "cramers_v"),
                         detector_name);
INSTANTIATE_TEST_SUITE_P(Tests, OnEveryNumericDetector,
                         ::testing::Values("anderson_darling", "cramer_von_mises", "energy", "epps_singleton", "kuiper",
                                           "mann_whitney", "welch_t"),
                         detector_name);

TEST_P(OnEveryNumericDetector, AShiftOfOneDeviationAlarmsInItsDirection) {
  Random random(1);
  const Numbers reference(normal_values(random, 1000)), up(normal_values(random, 500, 1)),
      down(normal_values(random, 500, -1));
  const auto raised = compare(GetParam(), reference, up), lowered = compare(GetParam(), reference, down);
  EXPECT_TRUE(alarms(raised));
  EXPECT_TRUE(alarms(lowered));
  EXPECT_EQ(raised.direction, 1);
  EXPECT_EQ(lowered.direction, -1);
}

TEST_P(OnEveryNumericDetector, OneOutlierInEitherWindowHidesNoShift) {
  Random random(2);
  const auto before = normal_values(random, 10000), after = normal_values(random, 1000, 1);
  auto with_outlier = [](std::vector<double> values) { return values.back() = 1e6, Numbers(values); };
  EXPECT_TRUE(alarms(compare(GetParam(), with_outlier(before), Numbers(after))));
  EXPECT_TRUE(alarms(compare(GetParam(), Numbers(before), with_outlier(after))));
}

TEST_P(OnEveryNumericDetector, OneOutlierAloneIsNoDrift) {
  Random random(3);
  const Numbers reference(normal_values(random, 1000));
  auto values = normal_values(random, 1000);
  values.back() = 1e6;
  EXPECT_FALSE(alarms(compare(GetParam(), reference, Numbers(values))));
}

TEST_P(OnEveryNumericDetector, ATinyShiftOfManyRowsHasEvidenceButNoEffectThatMatters) {
  Random random(4);
  const Numbers reference(normal_values(random, 60000)), current(normal_values(random, 60000, 0.05));
  const auto result = compare(GetParam(), reference, current);
  EXPECT_LT(result.p_value, 1e-6);
  EXPECT_LT(result.effect, result.min_effect);
  EXPECT_LT(result.detectable_effect, result.min_effect);
}

TEST_P(OnEveryNumericDetector, FewRowsAreToldAsUnderpowered) {
  Random random(5);
  const auto result = compare(GetParam(), Numbers(normal_values(random, 1000)), Numbers(normal_values(random, 30)));
  EXPECT_GT(result.detectable_effect, result.min_effect);
}

TEST_P(OnEveryNumericDetector, MissingValuesAreNoValueDrift) {
  Random random(6);
  auto values = normal_values(random, 1000);
  const Numbers reference(normal_values(random, 1000));
  values.resize(670);
  const Numbers current(values, 330);
  EXPECT_FALSE(alarms(compare(GetParam(), reference, current)));
  EXPECT_TRUE(alarms(compare("missing_share", reference, current)));
}

TEST_P(OnEveryNumericDetector, AGridStandsForItsRows) {
  Random random(8);
  const Numbers reference(normal_values(random, 2000)), current(normal_values(random, 2000, 0.3));
  NumericSample many = reference, many_current = current;
  many.row_count = many_current.row_count = 1e8;
  const auto detector = make_detector(GetParam());
  const auto rows = detector->compare(NumericSample(reference), NumericSample(current));
  const auto grids = detector->compare(many, many_current);
  EXPECT_NEAR(grids.effect, rows.effect, 0.015) << "what is left of chance in the effect";
  EXPECT_EQ(grids.p_value, 0);
  EXPECT_LT(grids.detectable_effect, 0.01);
}

TEST(Ks, SaysWhereTheLargestGapLies) {
  std::vector<double> low, high;
  for (int i = 0; i < 200; ++i) {
    low.push_back(100000 + 1000 * i);
    high.push_back(312000 + 1000 * i);
  }
  const auto result = compare("ks", Numbers(low), Numbers(high));
  EXPECT_EQ(result.detail, "largest gap at 299,000");
  EXPECT_EQ(result.statistic, 1);
}

TEST(Wasserstein, MeasuresAShiftInRobustDeviations) {
  Random random(9);
  const auto result =
      compare("wasserstein", Numbers(normal_values(random, 20000, 0, 5)), Numbers(normal_values(random, 20000, 10, 5)));
  EXPECT_NEAR(result.statistic, 10, 0.15);
  EXPECT_NEAR(result.effect, 2, 0.05);
}

// Where both are constant but differ, there is no scale to measure in.
TEST(Wasserstein, TakesTheMoveOfAConstantAsOne) {
  const auto result =
      compare("wasserstein", Numbers(std::vector<double>(100, 3.0)), Numbers(std::vector<double>(100, 4.0)));
  EXPECT_EQ(result.statistic, 1);
  EXPECT_EQ(result.effect, 1);
  EXPECT_LT(result.p_value, 1e-6);
}

TEST(Psi, SeesAConstantColumnMove) {
  const Numbers constant(std::vector<double>(500, 3.0));
  EXPECT_TRUE(alarms(compare("psi", constant, Numbers(std::vector<double>(500, 4.0)))));
  EXPECT_TRUE(alarms(compare("psi", constant, Numbers(std::vector<double>(500, 2.0)))));
  EXPECT_EQ(compare("psi", constant, constant).p_value, 1);
}

TEST(MissingShare, NamesTheShares) {
  const Numbers reference(std::vector<double>(98, 1.0), 2), current(std::vector<double>(67, 1.0), 33);
  const auto result = compare("missing_share", reference, current);
  EXPECT_EQ(result.detail, "missing 2 % → 33 %");
  EXPECT_DOUBLE_EQ(result.effect, 0.31);
}

// "drifted down" would read as lower values.
TEST(MissingShare, HasNoDirection) {
  const Numbers many_missing(std::vector<double>(67, 1.0), 33), few_missing(std::vector<double>(98, 1.0), 2);
  EXPECT_EQ(compare("missing_share", few_missing, many_missing).direction, 0);
  EXPECT_EQ(compare("missing_share", many_missing, few_missing).direction, 0);
}

}  // namespace
}  // namespace veleta::testing
