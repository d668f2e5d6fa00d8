#include <gtest/gtest.h>

#include "detector_under_test.hpp"

// Intervals of the effect, and what so few rows could have shown.

namespace veleta::testing {
namespace {

class WithAnInterval : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Detectors, WithAnInterval,
                         ::testing::Values("anderson_darling", "cramer_von_mises", "energy", "epps_singleton", "ks",
                                           "kuiper", "mann_whitney", "wasserstein", "welch_t"),
                         detector_name);

// The effect of fifty thousand rows stands for the true one. Intervals that hold for all shapes hold more often.
TEST_P(WithAnInterval, TheIntervalHoldsTheTrueEffectNineteenTimesInTwenty) {
  Random random(31);
  const auto detector = make_detector(GetParam());
  for (const double shift : {0.0, 0.4, 3.0}) {
    auto windows = [&](size_t rows, size_t current_rows) {
      const Numbers reference(normal_values(random, rows)), current(normal_values(random, current_rows, shift));
      return detector->compare(NumericSample(reference), NumericSample(current));
    };
    const double truth = windows(50000, 50000).effect;
    int held = 0;
    for (int i = 0; i < 150; ++i) {
      const DriftResult result = windows(300, 150);
      if (result.effect_low <= truth && truth <= result.effect_high) ++held;
    }
    EXPECT_GE(held, 135) << "shift " << shift;
  }
}

TEST_P(WithAnInterval, TheIntervalHoldsTheEffectAndNarrowsWithTheRows) {
  Random random(32);
  const auto few = compare(GetParam(), Numbers(normal_values(random, 200)), Numbers(normal_values(random, 100, 1)));
  const auto many =
      compare(GetParam(), Numbers(normal_values(random, 20000)), Numbers(normal_values(random, 10000, 1)));
  for (const auto& result : {few, many}) {
    EXPECT_LT(result.effect_low, result.effect);
    EXPECT_GT(result.effect_high, result.effect);
  }
  EXPECT_NEAR((few.effect_high - few.effect_low) / (many.effect_high - many.effect_low), 10, 5);
}

TEST_P(WithAnInterval, AnEffectThatIsAtTheEdgeOfWhatCanBeSeenIsSeenFourTimesInFive) {
  Random random(33);
  const auto detector = make_detector(GetParam());
  // A shift of which the effect is what 400 and 300 rows can show.
  double low = 0, high = 1;
  for (int i = 0; i < 12; ++i) {
    const double shift = (low + high) / 2;
    Random same(34);
    const Numbers reference(normal_values(same, 20000)), current(normal_values(same, 20000, shift));
    const Numbers few(normal_values(same, 400)), few_current(normal_values(same, 300));
    const double effect = detector->compare(NumericSample(reference), NumericSample(current)).effect;
    const double detectable = detector->compare(NumericSample(few), NumericSample(few_current)).detectable_effect;
    (effect < detectable ? low : high) = shift;
  }
  int seen = 0;
  for (int i = 0; i < 150; ++i) {
    const Numbers reference(normal_values(random, 400)), current(normal_values(random, 300, high));
    if (detector->compare(NumericSample(reference), NumericSample(current)).p_value <= 0.05) ++seen;
  }
  EXPECT_GE(seen, 105) << "at a shift of " << high;
}

}  // namespace
}  // namespace veleta::testing
