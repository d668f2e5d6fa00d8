#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/discrete_distribution.hpp>
#include <map>
#include <numeric>

#include "detector_under_test.hpp"

// How often the detectors of groups alarm where both windows come from one distribution, all on the same windows. The
// bounds are 0.03 to 0.07 and three standard deviations of the share of so few windows. Discrete tests may stay below.

namespace veleta::testing {
namespace {

const std::vector<std::string> kDetectors{"psi",       "jensen_shannon", "kl",     "hellinger",    "total_variation",
                                          "cramers_v", "chi_square",     "g_test", "fisher_exact", "z_proportions"};

struct Case {
  std::string name;
  std::vector<double> weights;
  int reference_rows, current_rows, windows;
};

void PrintTo(const Case& of, std::ostream* out) { *out << of.name; }

std::vector<Case> cases() {
  std::vector<Case> made;
  for (const size_t categories : {2UL, 10UL, 100UL, 1000UL}) {
    const std::vector<double> even(categories, 1.0), skewed = zipf(categories);
    const std::string name = std::to_string(categories);
    made.push_back({"Even" + name + "In100And100", even, 100, 100, 400});
    made.push_back({"Even" + name + "In1000And300", even, 1000, 300, 300});
    made.push_back({"Zipf" + name + "In300And1000", skewed, 300, 1000, 300});
  }
  made.push_back({"Zipf1000In10000And10000", zipf(1000), 10000, 10000, 100});
  return made;
}

std::vector<double> draw(Random& random, boost::random::discrete_distribution<size_t>& category, size_t categories,
                         int rows) {
  std::vector<double> counts(categories, 0.0);
  for (int i = 0; i < rows; ++i) ++counts[category(random)];
  return counts;
}

/// Drawing tables takes its time.
int stride(const std::string& detector) { return detector == "fisher_exact" ? 4 : 1; }

class NullRateOfGroups : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Categories, NullRateOfGroups, ::testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(NullRateOfGroups, IsNominal) {
  const Case& of = GetParam();
  boost::random::discrete_distribution<size_t> category(of.weights);
  std::vector<std::string> labels;
  std::vector<const char*> pointers;
  for (size_t i = 0; i < of.weights.size(); ++i) labels.push_back("c" + std::to_string(i));
  for (const auto& label : labels) pointers.push_back(label.c_str());

  std::map<std::string, std::shared_ptr<DetectorHandle>> detectors;
  std::map<std::string, int> alarmed;
  for (const auto& name : kDetectors) detectors[name] = make_detector(name);
  Random random(61);
  for (int i = 0; i < of.windows; ++i) {
    const auto before = draw(random, category, labels.size(), of.reference_rows);
    const auto after = draw(random, category, labels.size(), of.current_rows);
    const CategoricalSample reference{pointers, before, static_cast<double>(of.reference_rows), 0};
    const CategoricalSample current{pointers, after, static_cast<double>(of.current_rows), 0};
    for (const auto& name : kDetectors)
      if (i % stride(name) == 0) alarmed[name] += detectors[name]->compare(reference, current).p_value <= 0.05;
  }

  for (const auto& name : kDetectors) {
    const double windows = static_cast<double>(of.windows) / stride(name);
    const double margin = 3 * std::sqrt(0.05 * 0.95 / windows), rate = alarmed[name] / windows;
    EXPECT_LE(rate, 0.07 + margin) << name;
    if (name == "fisher_exact" || name == "z_proportions") continue;
    EXPECT_GE(rate, 0.03 - margin) << name;
  }
}

}  // namespace
}  // namespace veleta::testing
