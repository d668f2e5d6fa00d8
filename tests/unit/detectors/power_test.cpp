#include <gtest/gtest.h>

#include "detector_under_test.hpp"

// How often each test of numeric columns sees a shift of half a deviation, beside scipy's and numpy's tests on the same
// 500 pairs of windows. Theirs were computed once, from these draws written to a file:
//   ks_2samp(x, y, method="exact"), mannwhitneyu(x, y, method="exact"), cramervonmises_2samp(x, y),
//   epps_singleton_2samp(x, y), ttest_ind(x, y, equal_var=False, trim=0.1) of scipy 1.17.1, p <= 0.05;
//   the others by 1,999 permutations of the rows: sum (F - G)^2 dx, sum |F - G| dx, max(F - G) - min(F - G),
//   sum (F - G)^2 / (H (1 - H)).

namespace veleta::testing {
namespace {

struct Reference {
  std::string detector;
  double power;
};
std::ostream& operator<<(std::ostream& out, const Reference& reference) { return out << reference.detector; }

class Power : public ::testing::TestWithParam<Reference> {};
INSTANTIATE_TEST_SUITE_P(Detectors, Power,
                         ::testing::Values(Reference{"ks", 0.632}, Reference{"mann_whitney", 0.754},
                                           Reference{"cramer_von_mises", 0.728}, Reference{"epps_singleton", 0.526},
                                           Reference{"welch_t", 0.752}, Reference{"energy", 0.742},
                                           Reference{"wasserstein", 0.754}, Reference{"kuiper", 0.378},
                                           Reference{"anderson_darling", 0.742}),
                         [](const auto& param) { return param.param.detector; });

TEST_P(Power, IsWithinFivePercentOfTheExactTests) {
  Random random(51);
  const auto detector = make_detector(GetParam().detector);
  constexpr int kPairs = 500;
  int seen = 0;
  for (int i = 0; i < kPairs; ++i) {
    const Numbers reference(normal_values(random, 60)), current(normal_values(random, 50, 0.5));
    if (detector->compare(NumericSample(reference), NumericSample(current)).p_value <= 0.05) ++seen;
  }
  const double power = static_cast<double>(seen) / kPairs;
  EXPECT_NEAR(power / GetParam().power, 1, 0.05) << power << " for " << GetParam().power;
}

}  // namespace
}  // namespace veleta::testing
