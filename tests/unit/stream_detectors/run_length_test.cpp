#include <cmath>

#include "cusum/run_length.hpp"
#include "ewma/run_length.hpp"
#include "watched.hpp"

// Run lengths: as published, and as measured.

namespace veleta::testing {
namespace {

using namespace std::string_literals;

TEST(RunLength, OfAnEwmaIsThatOfLucasAndSaccucci) {
  // Lucas and Saccucci (1990), table 3: limits for a run length of 500.
  const std::vector<std::pair<double, double>> limits{
      {0.03, 2.437}, {0.05, 2.615}, {0.1, 2.814}, {0.25, 2.998}, {0.5, 3.071}};
  for (const auto& [lambda, limit] : limits) {
    EXPECT_NEAR(ewma::normal_run_length(lambda, limit), 500, 5) << lambda;
    EXPECT_NEAR(ewma::normal_limit(lambda, 500), limit, 0.005) << lambda;
  }
}

TEST(RunLength, OfAnEwmaOfWeightOneIsThatOfSingleValues) {
  EXPECT_NEAR(ewma::normal_run_length(1, 3), 1 / std::erfc(3 / std::sqrt(2)), 1e-6);
  EXPECT_NEAR(ewma::normal_run_length(1, 4.5) * std::erfc(4.5 / std::sqrt(2)), 1, 1e-9);
}

TEST(RunLength, OfACusumIsAtLeastThatOfTheExactTable) {
  // Exact one-sided lengths at k = 0.5 are twice the two-sided 168 (h = 4) and 465 (h = 5): Montgomery, table 9.3.
  for (const auto& [length, h] : {std::pair{336.0, 4.0}, {930.0, 5.0}}) {
    const double found = cusum::threshold_of_normal(0.5, 1, length);
    EXPECT_GE(found, h) << length;
    EXPECT_LE(found, h + 0.1) << length;
  }
}

TEST(RunLength, OfACusumThatGrowsByItselfIsOutOfReach) {
  EXPECT_TRUE(std::isinf(cusum::threshold_of_normal(-0.1, 1, 100)));
  EXPECT_TRUE(std::isinf(cusum::threshold_of_two_values(1, 0.6, -1, 100)));
}

TEST(RunLength, OfTwoValuesThatAreAGamblersRuinFollowsFromItsRatio) {
  // Steps of 1 with chance p: E (q / p)^X = 1.
  EXPECT_NEAR(cusum::threshold_of_two_values(1, 0.25, -1, 1e6), std::log(1e6) / std::log(3), 1e-6);
}

struct Promise {
  std::string detector, name;
  std::function<std::vector<double>(Random&, size_t)> draw;
};

class PromisedRunLength : public ::testing::TestWithParam<Promise> {};

TEST_P(PromisedRunLength, IsKeptOnAverageOfReferences) {
  const auto& [detector, name, draw] = GetParam();
  const double promised = 400;
  const size_t values = 40000, references = 10;
  double found = 0;
  Random random(11);
  for (size_t i = 0; i < references; ++i) {
    const auto reference = described(draw(random, 1000));
    found += static_cast<double>(alarms(detector, draw(random, values), reference, {{"run_length", promised}}).size());
  }
  EXPECT_LE(found, 1.1 * references * values / promised);
}

std::vector<Promise> promises() {
  const auto share = [](double p) { return [p](Random& random, size_t count) { return errors(random, count, p); }; };
  std::vector<Promise> all;
  for (const char* detector : {"bocd", "cusum", "ewma", "e_detector"}) {
    all.push_back(
        {detector, "normal", [](Random& random, size_t count) { return normal_values(random, count, 5, 3); }});
    all.push_back({detector, "rare_errors", share(0.05)});
    all.push_back({detector, "errors", share(0.2)});
    all.push_back({detector, "coins", share(0.5)});
  }
  all.push_back({"e_detector", "lognormal", [](Random& random, size_t count) {
                   auto values = normal_values(random, count);
                   for (double& value : values) value = std::exp(value);
                   return values;
                 }});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Streams, PromisedRunLength, ::testing::ValuesIn(promises()),
                         [](const auto& test) { return test.param.detector + "_" + test.param.name; });

TEST(RunLength, IsPromisedWhereItSetsTheThresholdAlone) {
  EXPECT_EQ(make_detector("bocd", {{"run_length", 5000.0}})->run_length(), 5000);
  EXPECT_EQ(make_detector("cusum", {{"run_length", 5000.0}})->run_length(), 5000);
  EXPECT_EQ(make_detector("ewma", {{"run_length", 5000.0}})->run_length(), 5000);
  EXPECT_EQ(make_detector("e_detector")->run_length(), 1e6);
  EXPECT_TRUE(std::isnan(make_detector("bocd", {{"hazard", 0.01}})->run_length()));
  EXPECT_TRUE(std::isnan(make_detector("bocd", {{"rule", "likeliest"s}})->run_length()));
  EXPECT_TRUE(std::isnan(make_detector("cusum", {{"h", 5.0}})->run_length()));
  EXPECT_TRUE(std::isnan(make_detector("ewma", {{"limit", 3.0}})->run_length()));
  EXPECT_TRUE(std::isnan(make_detector("adwin")->run_length()));
}

}  // namespace
}  // namespace veleta::testing
