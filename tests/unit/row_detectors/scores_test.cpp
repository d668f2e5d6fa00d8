#include <algorithm>
#include <cmath>

#include "made_rows.hpp"

// The detectors of what a model makes of rows: prediction_drift and attribution_drift.

namespace veleta::testing {
namespace {

std::shared_ptr<DetectorHandle> detector(const std::string& name) {
  return linked_plugins().create_detector(name, values_for(PluginKind::kDetector, name, {}), {});
}

NumericSample sample_of(const std::vector<double>& sorted) {
  NumericSample sample;
  sample.sorted = sorted;
  sample.row_count = static_cast<double>(sorted.size());
  return sample;
}

std::vector<double> draw(Random& random, size_t count, double mean = 0) {
  std::vector<double> values(count);
  for (double& value : values) value = mean + normal(random);
  std::ranges::sort(values);
  return values;
}

DriftResult compare_scores(const std::string& name, const std::vector<double>& reference,
                           const std::vector<double>& current) {
  return detector(name)->compare(sample_of(reference), sample_of(current));
}

class OnScores : public ::testing::TestWithParam<std::string> {
 protected:
  Random random_{13};
};
INSTANTIATE_TEST_SUITE_P(Detectors, OnScores, ::testing::Values("prediction_drift", "attribution_drift"),
                         detector_name);

TEST_P(OnScores, HaveANominalNullRate) {
  constexpr int kWindows = 500;
  const auto compared = detector(GetParam());
  expect_nominal(share_below_level(kWindows,
                                   [&](Random& random) {
                                     const auto reference = draw(random, 500), current = draw(random, 300);
                                     return compared->compare(sample_of(reference), sample_of(current));
                                   }),
                 kWindows);
}

TEST_P(OnScores, SeeAShiftAndItsDirection) {
  const auto reference = draw(random_, 2000);
  const DriftResult up = compare_scores(GetParam(), reference, draw(random_, 1000, 0.5));
  EXPECT_TRUE(alarms(up));
  EXPECT_EQ(up.direction, 1);
  EXPECT_LT(up.effect_low, up.effect);
  EXPECT_GT(up.effect_high, up.effect);
  EXPECT_EQ(compare_scores(GetParam(), reference, draw(random_, 1000, -0.5)).direction, -1);
}

TEST_P(OnScores, SayNothingOfEqualWindows) {
  const auto window = draw(random_, 300);
  const DriftResult result = compare_scores(GetParam(), window, window);
  EXPECT_EQ(result.effect, 0);
  EXPECT_EQ(result.p_value, 1);
}

TEST(Scores, AreOfPredictionsOrAttributions) {
  EXPECT_EQ(detector("prediction_drift")->subject(), VELETA_OF_PREDICTIONS);
  EXPECT_EQ(detector("attribution_drift")->subject(), VELETA_OF_ATTRIBUTIONS);
}

}  // namespace
}  // namespace veleta::testing
