#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "made_rows.hpp"

// The detectors that look at features: mmd and domain_classifier.

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class OnFeatures : public ::testing::TestWithParam<std::string> {
 protected:
  DriftResult compare_with(const Rows& reference, const Rows& current) {
    return compare(GetParam(), reference, current);
  }
  Random random_{11};
};
INSTANTIATE_TEST_SUITE_P(Detectors, OnFeatures, ::testing::Values("mmd", "domain_classifier"), detector_name);

TEST_P(OnFeatures, HaveANominalNullRate) {
  constexpr int kWindows = 200;
  expect_nominal(share_below_level(kWindows,
                                   [&](Random& random) {
                                     return compare_with(Rows::normal(random, 150, 4), Rows::normal(random, 100, 4));
                                   }),
                 kWindows);
}

TEST_P(OnFeatures, SeeThatAFeatureMoved) {
  const Rows reference = Rows::normal(random_, 600, 4);
  Rows current = Rows::normal(random_, 600, 4);
  for (size_t row = 0; row < current.count(); ++row) current.at(row, 2) += 1;
  const DriftResult result = compare_with(reference, current);
  EXPECT_TRUE(alarms(result));
  EXPECT_LE(result.effect_low, result.effect);
  EXPECT_GE(result.effect_high, result.effect);
  EXPECT_GT(result.effect_low, 0);
}

/// Each feature alone is what it was: no test of single columns can see this.
TEST_P(OnFeatures, SeeThatTwoFeaturesGoTogether) {
  const Rows reference = Rows::normal(random_, 800, 3);
  Rows current = Rows::normal(random_, 800, 3);
  for (size_t row = 0; row < current.count(); ++row)
    current.at(row, 1) = 0.9F * current.at(row, 0) + std::sqrt(1 - 0.81F) * current.at(row, 1);
  EXPECT_TRUE(alarms(compare_with(reference, current)));
}

TEST_P(OnFeatures, PassOverAFeatureThatIsTheSameInAllRows) {
  Rows reference = Rows::normal(random_, 300, 4), current = Rows::normal(random_, 300, 4);
  for (Rows* rows : {&reference, &current})
    for (size_t row = 0; row < rows->count(); ++row) rows->at(row, 1) = 7;
  const DriftResult result = compare_with(reference, current);
  EXPECT_FALSE(alarms(result));
  EXPECT_THAT(result.detail, ::testing::Not(HasSubstr("f1")));
}

TEST_P(OnFeatures, SeeThatValuesWentMissing) {
  const Rows reference = Rows::normal(random_, 500, 3);
  Rows current = Rows::normal(random_, 500, 3);
  for (size_t row = 0; row < current.count(); row += 3) current.at(row, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(alarms(compare_with(reference, current)));
}

TEST_P(OnFeatures, TakeMissingValuesThatWereAlwaysThereForNoDrift) {
  Rows reference = Rows::normal(random_, 500, 3), current = Rows::normal(random_, 500, 3);
  for (Rows* rows : {&reference, &current})
    for (size_t row = 0; row < rows->count(); row += 3) rows->at(row, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(alarms(compare_with(reference, current)));
}

TEST_P(OnFeatures, AreNotBlindedByOneAbsurdValueNorAlarmedByIt) {
  for (const bool in_reference : {true, false}) {
    Rows reference = Rows::normal(random_, 500, 3), current = Rows::normal(random_, 500, 3);
    (in_reference ? reference : current).at(17, 0) = 1e6F;
    EXPECT_FALSE(alarms(compare_with(reference, current)));
    for (size_t row = 0; row < current.count(); ++row) current.at(row, 0) += 1;
    EXPECT_TRUE(alarms(compare_with(reference, current)));
  }
}

TEST_P(OnFeatures, SayNothingOfEqualWindowsInAnyOrder) {
  const Rows window = Rows::normal(random_, 300, 3);
  Rows turned = window;
  for (size_t row = 0; row < window.count(); ++row)
    for (size_t column = 0; column < 3; ++column)
      turned.at(row, column) = window.features[(window.count() - 1 - row) * 3 + column];
  for (const Rows& current : {window, turned}) {
    const DriftResult result = compare_with(window, current);
    EXPECT_EQ(result.effect, 0);
    EXPECT_EQ(result.p_value, 1);
  }
}

TEST_P(OnFeatures, SayTheSameEachTime) {
  const Rows reference = Rows::normal(random_, 200, 3), current = Rows::normal(random_, 200, 3);
  const DriftResult once = compare_with(reference, current), again = compare_with(reference, current);
  EXPECT_EQ(once.statistic, again.statistic);
  EXPECT_EQ(once.p_value, again.p_value);
  EXPECT_EQ(once.effect, again.effect);
  EXPECT_EQ(once.detail, again.detail);
}

TEST_P(OnFeatures, TellConstantWindowsApart) {
  Rows before(100, 2), after(100, 2);
  EXPECT_EQ(compare_with(before, Rows(80, 2)).p_value, 1);
  for (float& value : after.features) value = 1;
  EXPECT_TRUE(alarms(compare_with(before, after)));
}

TEST_P(OnFeatures, SayWhyTheyCannotCompare) {
  const Rows usual = Rows::normal(random_, 200, 3);
  EXPECT_THAT(refusal(GetParam(), usual, Rows(0, 3)), HasSubstr("the current window has 0 rows of features"));
  EXPECT_THAT(refusal(GetParam(), Rows(5, 3), usual), HasSubstr("the reference window has 5 rows of features"));
  EXPECT_THAT(refusal(GetParam(), usual, Rows(200, 4)), HasSubstr("3 and 4 features"));
}

TEST(DomainClassifier, NamesTheFeaturesThatToldTheWindowsApart) {
  Random random(3);
  const Rows reference = Rows::normal(random, 500, 5);
  Rows current = Rows::normal(random, 500, 5);
  for (size_t row = 0; row < current.count(); ++row) current.at(row, 3) += 1.5F;
  EXPECT_THAT(compare("domain_classifier", reference, current).detail,
              AllOf(HasSubstr("AUC 0."), HasSubstr("told apart by f3")));
}

TEST(DomainClassifier, TellsThatTooFewRowsCouldShowLittle) {
  Random random(3);
  const DriftResult result = compare("domain_classifier", Rows::normal(random, 60, 3), Rows::normal(random, 60, 3));
  EXPECT_GT(result.detectable_effect, result.min_effect);
}

}  // namespace
}  // namespace veleta::testing
