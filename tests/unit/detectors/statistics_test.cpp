#include <gtest/gtest.h>

#include <cmath>

#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/tails.hpp"
#include "statistics/two_proportions.hpp"

namespace veleta::statistics {
namespace {

// Massey (1951), "The Kolmogorov-Smirnov test for goodness of fit", table 1, which has three digits.
TEST(KolmogorovSf, HasMasseysCriticalValues) {
  EXPECT_NEAR(kolmogorov_sf(5, 0.565), 0.05, 0.0016);
  EXPECT_NEAR(kolmogorov_sf(10, 0.410), 0.05, 0.002);
  EXPECT_NEAR(kolmogorov_sf(20, 0.294), 0.05, 0.001);
}

TEST(KolmogorovSf, HasTheLimitOfKolmogorov) {
  // 2 sum (-1)^(k-1) exp(-2 k² z²), DLMF 20.2.4, at z = 1 and n = 10^12.
  const double limit = 2 * (std::exp(-2.0) - std::exp(-8.0) + std::exp(-18.0));
  EXPECT_NEAR(kolmogorov_sf(1e12, 1e-6), limit, 1e-6);
}

// Pelz and Good's expansion is right to 5 digits at 141 rows and better beyond.
TEST(KolmogorovSf, JoinsItsMethodsWithoutSteps) {
  for (const double n : {140.0, 141.0, 5000.0, 1e6, 1e6 + 2})
    for (const double product : {2.2, 4.0}) {
      const double x = std::sqrt(product / n);
      EXPECT_NEAR(kolmogorov_sf(n, x * (1 - 1e-9)) / kolmogorov_sf(n, x * (1 + 1e-9)), 1, 5e-5) << n << ' ' << product;
    }
  EXPECT_NEAR(kolmogorov_sf(1e6, 0.004) / kolmogorov_sf(1e6 + 1, 0.004), 1, 1e-3);
}

TEST(KolmogorovSf, FallsFromOneToZero) {
  for (const double n : {1.0, 7.0, 140.0, 1000.0, 1e8}) {
    EXPECT_EQ(kolmogorov_sf(n, 0), 1);
    EXPECT_EQ(kolmogorov_sf(n, 1), 0);
    double last = 1;
    for (double x = 0; x <= 1; x += 0.01) {
      const double p = kolmogorov_sf(n, x);
      EXPECT_LE(p, last + 1e-12) << n << ' ' << x;
      last = p;
    }
  }
}

// C(2n, n) paths, of which the two that run along the edges have distance 1.
TEST(KolmogorovTwoSampleSf, CountsTheTwoExtremePaths) {
  EXPECT_NEAR(kolmogorov_two_sample_sf(3, 3, 1), 2.0 / 20, 1e-15);
  EXPECT_NEAR(kolmogorov_two_sample_sf(4, 3, 1), 2.0 / 35, 1e-15);
  EXPECT_EQ(kolmogorov_two_sample_sf(4, 3, 0), 1);
}

TEST(KolmogorovTwoSampleSf, DoesNotMindTheOrderOfTheWindows) {
  EXPECT_DOUBLE_EQ(kolmogorov_two_sample_sf(70, 30, 0.2), kolmogorov_two_sample_sf(30, 70, 0.2));
}

// Fisher's lady tasting tea: 3 of 4 cups right, two-sided 34 of 70 (Agresti, Categorical Data Analysis, 3.5.2).
TEST(FisherExact, JudgesTheLadyTastingTea) { EXPECT_NEAR(fisher_exact({3, 4, 1, 4}), 34.0 / 70, 1e-12); }

// scipy's documentation of fisher_exact: [[8, 2], [1, 5]] gives 0.0350 (whales and sharks).
TEST(FisherExact, CountsWhalesAndSharks) { EXPECT_NEAR(fisher_exact({8, 10, 1, 6}), 0.034965034965034975, 1e-12); }

TEST(FisherExact, StaysFiniteOnHugeWindows) {
  EXPECT_NEAR(fisher_exact({2, 1e8, 2, 1e8}), 1, 1e-6);
  EXPECT_NEAR(fisher_exact({0, 1e8, 4, 1e8}), 0.125, 1e-6);  // 2 / 2^4
}

TEST(Tails, KeepTheirDigits) {
  EXPECT_NEAR(normal_sf(10) / 7.619853024160527e-24, 1, 1e-12);    // Abramowitz and Stegun, table 26.2
  EXPECT_NEAR(normal_quantile(0.025), 1.959963984540054, 1e-14);   // ibid., table 26.5
  EXPECT_NEAR(binomial_sf(100, 100, 1e-3) / 1e-300, 1, 1e-9);      // p^n
  EXPECT_NEAR(binomial_sf(1, 1e8, 1e-8), 1 - std::exp(-1), 1e-8);  // Poisson's limit
  EXPECT_EQ(chi_squared_sf(1e9, 3), 0);
}

// Cohen (1988), table 9.3.1 / Haynam et al. (1970): noncentralities at alpha 0.05 and power 0.80.
TEST(DetectableNoncentrality, IsNearTheTables) {
  EXPECT_NEAR(detectable_noncentrality(1) / 7.849, 1, 0.05);
  EXPECT_NEAR(detectable_noncentrality(9) / 15.65, 1, 0.05);
  EXPECT_NEAR(detectable_noncentrality(100) / 39.3, 1, 0.05);
}

}  // namespace
}  // namespace veleta::statistics
