#include <gtest/gtest.h>

#include <cmath>

#include "detector_under_test.hpp"
#include "statistics/tails.hpp"

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

// Where all values are multiplied, a long tail moves most and is the noisiest.
TEST(WassersteinOfLongTails, AFactorAtTheEdgeOfWhatCanBeSeenIsSeenFourTimesInFive) {
  constexpr size_t kRows = 3000;
  constexpr int kPairs = 400;
  const auto detector = make_detector("wasserstein");
  const auto window = [](Random& random, double factor) {
    std::vector<double> values = normal_values(random, kRows);
    for (double& value : values) value = factor * std::exp(value);
    return Numbers(values);
  };
  const auto compare_to = [&](Random& random, double factor) {
    const Numbers reference = window(random, 1), current = window(random, factor);
    return detector->compare(NumericSample(reference), NumericSample(current));
  };
  // The quantiles of the distribution stand for itself.
  const auto effect_of = [&](double factor) {
    std::vector<double> before, now;
    for (int i = 1; i < 20000; ++i) {
      before.push_back(std::exp(statistics::normal_quantile(i / 20000.0)));
      now.push_back(factor * before.back());
    }
    const Numbers reference(before), current(now);
    return detector->compare(NumericSample(reference), NumericSample(current)).effect;
  };
  Random random(35);
  double detectable = 0;
  for (int i = 0; i < 20; ++i) detectable += compare_to(random, 1).detectable_effect / 20;
  double low = 1, high = 2;
  for (int i = 0; i < 12; ++i) (effect_of((low + high) / 2) < detectable ? low : high) = (low + high) / 2;
  int seen = 0;
  for (int i = 0; i < kPairs; ++i) seen += compare_to(random, high).p_value <= 0.05;
  EXPECT_NEAR(static_cast<double>(seen) / kPairs, 0.8, 0.06) << "at a factor of " << high;
}

}  // namespace
}  // namespace veleta::testing
