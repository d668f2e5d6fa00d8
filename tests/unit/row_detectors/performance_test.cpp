#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "made_rows.hpp"

// The detectors that look at the model's loss: performance and expected_performance.

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Rows regression(Random& random, size_t count, double noise = 1, double offset = 0) {
  Rows rows = Rows::normal(random, count, 3);
  rows.predict(random, noise, offset);
  return rows;
}

Rows classification(Random& random, size_t count, double lift = 0) {
  Rows rows = Rows::normal(random, count, 3);
  rows.classify(random, lift);
  return rows;
}

/// Rows whose first feature lies higher: where the model errs more.
Rows harder(Random& random, size_t count, float by = 1) {
  Rows rows = Rows::normal(random, count, 3);
  for (size_t row = 0; row < count; ++row) rows.at(row, 0) += by;
  rows.predict(random);
  return rows;
}

class OnLosses : public ::testing::TestWithParam<std::string> {
 protected:
  Random random_{12};
};
INSTANTIATE_TEST_SUITE_P(Detectors, OnLosses, ::testing::Values("performance", "expected_performance"), detector_name);

TEST_P(OnLosses, HaveANominalNullRate) {
  const int windows = GetParam() == "performance" ? 1000 : 300;
  for (const bool is_binary : {false, true}) {
    const auto draw = [&](Random& random, size_t count) {
      return is_binary ? classification(random, count) : regression(random, count);
    };
    expect_nominal(share_below_level(windows,
                                     [&](Random& random) {
                                       const Rows reference = draw(random, 300);
                                       return compare(GetParam(), reference, draw(random, 100));
                                     }),
                   windows);
  }
}

TEST_P(OnLosses, SeeThatTheRowsBecameHarder) {
  const Rows reference = regression(random_, 1000);
  const DriftResult result = compare(GetParam(), reference, harder(random_, 600));
  EXPECT_TRUE(alarms(result));
  EXPECT_EQ(result.direction, 1);
  EXPECT_NEAR(result.effect, std::exp(0.5) - 1, 0.25);
  EXPECT_LT(result.effect_low, result.effect);
  EXPECT_GT(result.effect_high, result.effect);
}

TEST_P(OnLosses, TakeEasierRowsForNoDrift) {
  const Rows reference = regression(random_, 1000);
  const DriftResult result = compare(GetParam(), reference, harder(random_, 600, -1));
  EXPECT_EQ(result.effect, 0);
  EXPECT_GT(result.p_value, 0.5);
  EXPECT_EQ(result.direction, -1);
}

TEST_P(OnLosses, AreNotBlindedByOneAbsurdTargetNorAlarmedByIt) {
  for (const bool in_reference : {true, false}) {
    Rows reference = regression(random_, 600), current = regression(random_, 600);
    (in_reference ? reference : current).targets[17] = 1e6;
    EXPECT_FALSE(alarms(compare(GetParam(), reference, current)));
    Rows worse = harder(random_, 600);
    if (!in_reference) worse.targets[17] = 1e6;
    EXPECT_TRUE(alarms(compare(GetParam(), reference, worse)));
  }
}

TEST_P(OnLosses, SayNothingOfEqualWindows) {
  const Rows window = regression(random_, 200);
  const DriftResult result = compare(GetParam(), window, window);
  EXPECT_EQ(result.effect, 0);
  EXPECT_GE(result.p_value, 0.4);
}

TEST_P(OnLosses, SayTheSameEachTime) {
  const Rows reference = regression(random_, 300), current = regression(random_, 200);
  const DriftResult once = compare(GetParam(), reference, current), again = compare(GetParam(), reference, current);
  EXPECT_EQ(once.p_value, again.p_value);
  EXPECT_EQ(once.effect, again.effect);
  EXPECT_EQ(once.detail, again.detail);
}

TEST_P(OnLosses, SayThatAModelWithoutErrorsLeavesNothingToCompare) {
  Rows reference = regression(random_, 200);
  reference.targets = reference.predictions;
  EXPECT_THAT(refusal(GetParam(), reference, reference), HasSubstr("the loss on the reference rows is 0"));
}

TEST(Performance, SeesThatTargetsFollowOtherwise) {
  Random random(4);
  const Rows reference = regression(random, 500);
  Rows current = regression(random, 300);
  for (size_t row = 0; row < current.count(); ++row) current.targets[row] -= 3 * current.predictions[row];
  const DriftResult result = compare("performance", reference, current);
  EXPECT_TRUE(alarms(result));
  EXPECT_THAT(result.detail,
              AllOf(HasSubstr("mean absolute error 2"), HasSubstr(", was "), HasSubstr("no worse than the model")));
}

TEST(Performance, SeesALessCertainClassifier) {
  Random random(4);
  const Rows reference = classification(random, 1000);
  EXPECT_FALSE(alarms(compare("performance", reference, classification(random, 600))));
  const DriftResult result = compare("performance", reference, classification(random, 600, 0.3));
  EXPECT_TRUE(alarms(result));
  EXPECT_THAT(result.detail, HasSubstr("mean squared error of the probability"));
}

TEST(Performance, TellsWhetherTheModelBeatsAConstantGuess) {
  Random random(4);
  EXPECT_THAT(compare("performance", regression(random, 500, 0.2), regression(random, 300, 0.2)).detail,
              AllOf(HasSubstr("always saying "), HasSubstr("worse than the model (paired p ")));
}

TEST(Performance, LooksAtLabelledRowsAlone) {
  Random random(4);
  const Rows reference = regression(random, 300);
  Rows current = regression(random, 300);
  const Rows labelled = current;
  for (size_t row = 0; row < 100; ++row) {
    current.predictions.push_back(1e9);
    current.targets.push_back(std::numeric_limits<double>::quiet_NaN());
  }
  current.features.resize(current.features.size() + 100 * 3);
  EXPECT_EQ(compare("performance", reference, current).effect, compare("performance", reference, labelled).effect);
}

TEST(Performance, SaysThatLabelsAreMissing) {
  Random random(4);
  const Rows reference = regression(random, 300);
  Rows current = regression(random, 300);
  std::fill(current.targets.begin() + 5, current.targets.end(), std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(refusal("performance", reference, current), HasSubstr("the current window has 5 labelled rows"));
  current.targets.clear();
  EXPECT_THAT(refusal("performance", reference, current), HasSubstr("the current window has 0 labelled rows"));
}

TEST(ExpectedPerformance, NeedsNoLabelsOfTheCurrentWindow) {
  Random random(4);
  const Rows reference = regression(random, 1000);
  Rows current = harder(random, 600);
  const double with_labels = compare("expected_performance", reference, current).effect;
  current.targets.clear();
  EXPECT_EQ(compare("expected_performance", reference, current).effect, with_labels);
}

TEST(ExpectedPerformance, CannotSeeThatTargetsFollowOtherwise) {
  Random random(4);
  const Rows reference = regression(random, 1000);
  const DriftResult result = compare("expected_performance", reference, regression(random, 600, 1, 2));
  EXPECT_FALSE(alarms(result));
  EXPECT_THAT(result.detail, HasSubstr("if targets follow from features as they did"));
}

TEST(ExpectedPerformance, SeesThatAClassifierBecameUnsure) {
  Random random(4);
  const Rows reference = classification(random, 2000);
  Rows current = classification(random, 600);
  for (double& prediction : current.predictions) prediction = 0.5 + 0.3 * (prediction - 0.5);
  const DriftResult result = compare("expected_performance", reference, current);
  EXPECT_TRUE(alarms(result));
  EXPECT_THAT(result.detail, HasSubstr("accuracy 0."));
}

TEST(ExpectedPerformance, SaysThatRowsAreTooFew) {
  Random random(4);
  EXPECT_THAT(refusal("expected_performance", regression(random, 40), regression(random, 300)),
              HasSubstr("the reference window has 40 rows to compare"));
}

}  // namespace
}  // namespace veleta::testing
