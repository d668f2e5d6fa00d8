#include <gtest/gtest.h>

#include <boost/random/student_t_distribution.hpp>
#include <cmath>
#include <functional>
#include <map>

#include "detector_under_test.hpp"

// How often the p-values of the tests of numeric columns fall to 5 % or less where both windows come from one
// distribution. The bounds are three standard deviations of the share of so many windows; tests whose p-value is
// cautious on ties may stay below.

namespace veleta::testing {
namespace {

using Draw = std::function<double(Random&)>;

const std::vector<std::string> kTests{"anderson_darling", "cramer_von_mises", "energy", "epps_singleton",
                                      "kuiper",           "mann_whitney",     "welch_t"};

Draw normal(double (*shape)(double)) {
  return [shape](Random& random) { return shape(normal_values(random, 1).front()); };
}
double plain(double value) { return value; }
double lognormal(double value) { return std::exp(value); }
double thirds(double value) { return std::round(3 * value); }
double student(Random& random) { return boost::random::student_t_distribution<double>(2)(random); }

Numbers window(Random& random, size_t rows, const Draw& draw) {
  std::vector<double> values(rows);
  for (double& value : values) value = draw(random);
  return Numbers(values);
}

void expect_nominal(size_t reference_rows, size_t current_rows, int windows, const Draw& draw, bool ties = false) {
  Random random(7);
  std::map<std::string, std::pair<std::shared_ptr<DetectorHandle>, int>> detectors;
  for (const auto& name : kTests) detectors[name] = {make_detector(name), 0};
  for (int i = 0; i < windows; ++i) {
    const Numbers reference = window(random, reference_rows, draw), current = window(random, current_rows, draw);
    for (auto& [name, detector] : detectors)
      if (detector.first->compare(NumericSample(reference), NumericSample(current)).p_value <= 0.05) ++detector.second;
  }
  const double spread = 3 * std::sqrt(0.05 * 0.95 / windows);
  for (const auto& [name, detector] : detectors) {
    const double rate = static_cast<double>(detector.second) / windows;
    if (!ties || name != "kuiper") {
      EXPECT_GE(rate, 0.05 - spread) << name;
    }
    EXPECT_LE(rate, 0.05 + spread) << name;
  }
}

TEST(NumericNullRate, IsNominalOnTheNormal) {
  expect_nominal(100, 100, 500, normal(plain));
  expect_nominal(1000, 300, 150, normal(plain));
}
TEST(NumericNullRate, IsNominalOnLongTails) {
  expect_nominal(100, 100, 500, normal(lognormal));
  expect_nominal(300, 1000, 150, normal(lognormal));
  expect_nominal(100, 200, 400, student);
}
TEST(NumericNullRate, IsNominalOnTies) {
  expect_nominal(100, 100, 500, normal(thirds), true);
  expect_nominal(1000, 300, 150, normal(thirds), true);
}

}  // namespace
}  // namespace veleta::testing
