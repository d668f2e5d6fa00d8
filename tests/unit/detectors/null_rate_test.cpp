#include <gtest/gtest.h>

#include <boost/random/discrete_distribution.hpp>
#include <cmath>
#include <functional>

#include "detector_under_test.hpp"

// How often each detector's p-value falls to 5 % or less where both windows come from one distribution. The bounds are
// those of 1000 windows at 5 %: three standard deviations of a binomial share, 0.029 to 0.071. Discrete or cautious
// tests may stay below.

namespace veleta::testing {
namespace {

constexpr int kWindows = 1000;
constexpr double kLeast = 0.029, kMost = 0.071;

double share_below_level(const std::function<DriftResult(Random&)>& compare_null_windows) {
  Random random(7);
  int alarmed = 0;
  for (int i = 0; i < kWindows; ++i)
    if (compare_null_windows(random).p_value <= 0.05) ++alarmed;
  return static_cast<double>(alarmed) / kWindows;
}

double null_rate_of_numbers(
    const std::string& name, size_t reference_rows, size_t current_rows,
    double (*shape)(double) = +[](double value) { return value; }, const Settings& settings = {}) {
  const auto detector = make_detector(name, settings);
  return share_below_level([&](Random& random) {
    auto draw = [&](size_t rows) {
      auto values = normal_values(random, rows);
      for (double& value : values) value = shape(value);
      return Numbers(values);
    };
    const Numbers reference = draw(reference_rows), current = draw(current_rows);
    return detector->compare(NumericSample(reference), NumericSample(current));
  });
}

double null_rate_of_categories(const std::string& name, size_t reference_rows, size_t current_rows,
                               const std::vector<double>& weights) {
  const auto detector = make_detector(name);
  boost::random::discrete_distribution<size_t> category(weights);
  std::vector<std::string> labels;
  for (size_t i = 0; i < weights.size(); ++i) labels.push_back("c" + std::to_string(i));
  std::vector<const char*> label_pointers;
  for (const auto& label : labels) label_pointers.push_back(label.c_str());

  return share_below_level([&](Random& random) {
    auto draw = [&](size_t rows) {
      std::vector<double> counts(weights.size(), 0.0);
      for (size_t i = 0; i < rows; ++i) ++counts[category(random)];
      return counts;
    };
    const auto reference = draw(reference_rows), current = draw(current_rows);
    return detector->compare(CategoricalSample{label_pointers, reference, static_cast<double>(reference_rows), 0},
                             CategoricalSample{label_pointers, current, static_cast<double>(current_rows), 0});
  });
}

void expect_nominal(double rate) {
  EXPECT_GE(rate, kLeast);
  EXPECT_LE(rate, kMost);
}

double lognormal(double value) { return std::exp(value); }
double whole(double value) { return std::round(3 * value); }

TEST(NullRate, OfKsIsNominalByTheExactTest) { expect_nominal(null_rate_of_numbers("ks", 400, 300)); }
TEST(NullRate, OfKsIsNominalByTheAsymptoticTest) { expect_nominal(null_rate_of_numbers("ks", 2500, 900)); }
TEST(NullRate, OfKsStaysBelowOnTies) { EXPECT_LE(null_rate_of_numbers("ks", 400, 300, whole), kMost); }

TEST(NullRate, OfWassersteinIsNominal) { expect_nominal(null_rate_of_numbers("wasserstein", 1000, 300)); }
TEST(NullRate, OfWassersteinIsNominalOnLongTails) {
  expect_nominal(null_rate_of_numbers("wasserstein", 300, 300, lognormal));
}
TEST(NullRate, OfWassersteinIsNominalOnLongTailsThatAreNotTrimmed) {
  expect_nominal(null_rate_of_numbers("wasserstein", 300, 300, lognormal, {{"trim", 0.0}}));
}
TEST(NullRate, OfWassersteinIsNominalWhereTheWindowsSizesDiffer) {
  expect_nominal(null_rate_of_numbers("wasserstein", 2000, 100, lognormal));
  expect_nominal(null_rate_of_numbers("wasserstein", 100, 2000, lognormal));
}
TEST(NullRate, OfWassersteinIsNominalOnTies) { expect_nominal(null_rate_of_numbers("wasserstein", 400, 300, whole)); }

TEST(NullRate, OfPsiIsNominal) { expect_nominal(null_rate_of_numbers("psi", 1000, 300)); }
TEST(NullRate, OfPsiIsNominalInSmallWindows) {
  expect_nominal(null_rate_of_numbers("psi", 100, 100));
  expect_nominal(null_rate_of_numbers("psi", 400, 100));
  expect_nominal(null_rate_of_numbers("psi", 200, 60));
}
TEST(NullRate, OfPsiIsNominalOnTies) { expect_nominal(null_rate_of_numbers("psi", 1000, 300, whole)); }
TEST(NullRate, OfPsiIsNominalOnCategories) {
  expect_nominal(null_rate_of_categories("psi", 1000, 500, zipf(200)));
  expect_nominal(null_rate_of_categories("psi", 1600, 400, std::vector<double>(20, 1.0)));
}

TEST(NullRate, OfChiSquareIsNominalOnFewCategories) {
  expect_nominal(null_rate_of_categories("chi_square", 300, 100, {5, 3, 2}));
}
TEST(NullRate, OfChiSquareIsNominalOnManyCategories) {
  expect_nominal(null_rate_of_categories("chi_square", 2000, 1000, zipf(1000)));
}

TEST(NullRate, OfNewCategoriesIsNoHigherWhereMostCategoriesAreRare) {
  EXPECT_LE(null_rate_of_categories("new_categories", 1000, 500, zipf(5000)), kMost);
  EXPECT_LE(null_rate_of_categories("new_categories", 300, 1500, std::vector<double>(3000, 1.0)), kMost);
}
TEST(NullRate, OfNewCategoriesIsNoHigherWhereAllAreKnown) {
  EXPECT_LE(null_rate_of_categories("new_categories", 500, 2000, {50, 30, 20}), kMost);
}

TEST(NullRate, OfMissingShareIsNominal) {
  const auto detector = make_detector("missing_share");
  auto rate = [&](double share) {
    return share_below_level([&](Random& random) {
      boost::random::discrete_distribution<int> missing({1 - share, share});
      auto draw = [&](int rows) {
        double missed = 0;
        for (int i = 0; i < rows; ++i) missed += missing(random);
        return NumericSample{{}, rows - missed, missed, 0, 0};
      };
      const NumericSample reference = draw(1000), current = draw(400);
      return detector->compare(reference, current);
    });
  };
  expect_nominal(rate(0.3));
  EXPECT_LE(rate(0.004), kMost);  // Fisher's exact test, which is cautious
}

}  // namespace
}  // namespace veleta::testing
