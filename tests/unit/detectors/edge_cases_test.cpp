#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "detector_under_test.hpp"
#include "veleta/error.hpp"

namespace veleta::testing {
namespace {

class OnNumbers : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Detectors, OnNumbers,
                         ::testing::Values("ks", "psi", "wasserstein", "missing_share", "jensen_shannon", "kl",
                                           "hellinger", "total_variation", "cramers_v", "z_proportions"),
                         detector_name);

INSTANTIATE_TEST_SUITE_P(Tests, OnNumbers,
                         ::testing::Values("anderson_darling", "cramer_von_mises", "energy", "kuiper", "mann_whitney"),
                         detector_name);

class OnCategories : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Detectors, OnCategories,
                         ::testing::Values("chi_square", "psi", "new_categories", "missing_share", "jensen_shannon",
                                           "kl", "hellinger", "total_variation", "cramers_v", "g_test", "fisher_exact",
                                           "type_violation", "z_proportions"),
                         detector_name);

/// The handle refuses results that are not finite, so that a comparison which returns is a sound one.
void expect_no_drift(const DriftResult& result) {
  EXPECT_EQ(result.effect, 0);
  EXPECT_EQ(result.p_value, 1);
}

TEST_P(OnNumbers, ConstantColumnsAreStable) {
  const Numbers constant(std::vector<double>(50, 7.0));
  expect_no_drift(compare(GetParam(), constant, constant));
}

TEST_P(OnNumbers, SingleRowsAreCompared) {
  const auto result = compare(GetParam(), Numbers({1.0}), Numbers({2.0}));
  EXPECT_FALSE(alarms(result));
}

TEST_P(OnNumbers, EqualWindowsAreStable) {
  Random random(21);
  const Numbers window(normal_values(random, 500));
  expect_no_drift(compare(GetParam(), window, window));
}

TEST_P(OnNumbers, AHundredMillionRowsUnderflowToZeroAtWorst) {
  std::vector<double> low, high;
  for (int i = 0; i < 100; ++i) {
    low.push_back(i);
    high.push_back(i + 60);
  }
  const Numbers reference(low), current(high);
  NumericSample many = reference, many_current = current;
  many.row_count = many_current.row_count = 1e8;
  many_current.missing_count = 1e7;
  EXPECT_EQ(make_detector(GetParam())->compare(many, many_current).p_value, 0);
}

TEST_P(OnNumbers, ExtremeValuesStayFinite) {
  compare(GetParam(), Numbers({-1e300, 0, 1e300}), Numbers({-1e-300, 0, 1e-300}));
}

TEST_P(OnNumbers, WindowsWithoutValuesAreRefusedButForTheirMissingShare) {
  const Numbers some({1.0, 2.0, 3.0}), none({}, 3);
  if (GetParam() == "missing_share") {
    EXPECT_EQ(compare(GetParam(), some, none).effect, 1);
    return;
  }
  for (const auto& [reference, current] : {std::pair(some, none), std::pair(none, some), std::pair(none, none)}) try {
      compare(GetParam(), reference, current);
      ADD_FAILURE() << "accepted an empty window";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("no present values"));
    }
}

TEST_P(OnCategories, WindowsWithoutRowsAreRefused) {
  EXPECT_THROW(compare(GetParam(), {{{"a", 3}}, {}}), Error);
  EXPECT_THROW(compare(GetParam(), {{}, {{"a", 3}}}), Error);
}

TEST_P(OnCategories, EqualWindowsAreStable) {
  const Categories::Rows rows{{"a", 70}, {"b", 20}, {"c", 10}};
  expect_no_drift(compare(GetParam(), {rows, rows}));
}

TEST_P(OnCategories, SingleRowsAreCompared) { EXPECT_FALSE(alarms(compare(GetParam(), {{{"a", 1}}, {{"b", 1}}}))); }

TEST(Detectors, TellTooFewRowsForAnyCategoryFromNoDrift) {
  for (const char* detector :
       {"chi_square", "psi", "jensen_shannon", "kl", "hellinger", "total_variation", "cramers_v", "g_test"})
    for (const double rows : {4.0, 1000.0}) {
      const DriftResult result = compare(detector, {{{"a", rows}}, {{"b", 4}}});
      EXPECT_FALSE(alarms(result)) << detector;
      EXPECT_GT(result.detectable_effect, result.min_effect) << detector << ", " << rows;
    }
}

TEST(Detectors, SeeThatAllOfManyRareCategoriesWereReplaced) {
  Categories::Rows before, after;
  for (int street = 0; street < 400; ++street) {
    before["old street " + std::to_string(street)] = 25;
    after["new street " + std::to_string(street)] = 25;
  }
  for (const char* detector : {"chi_square", "psi", "jensen_shannon", "kl", "hellinger", "total_variation", "cramers_v",
                               "g_test", "fisher_exact"})
    EXPECT_TRUE(alarms(compare(detector, {before, after}))) << detector;
}

TEST(Detectors, SeeThatASmallWindowMovedAsAWhole) {
  const DriftResult constant =
      compare("wasserstein", Numbers(std::vector<double>(50'000, 0.0)), Numbers(std::vector<double>(500, 5.0)));
  EXPECT_TRUE(alarms(constant));
  EXPECT_EQ(constant.effect, 1) << "both windows are constant and differ";
  Random random(5);
  auto current = normal_values(random, 500);
  for (size_t i = 0; i < 150; ++i) current[i] += 100;
  const DriftResult part = compare("wasserstein", Numbers(normal_values(random, 50'000)), Numbers(current));
  EXPECT_NEAR(part.effect, 30, 3) << "three rows of ten moved by 100 deviations";
}

}  // namespace
}  // namespace veleta::testing
