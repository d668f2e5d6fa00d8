#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "statistics/bridge_squares.hpp"
#include "statistics/tails.hpp"
#include "statistics/weighted_chi_squared.hpp"

namespace veleta::statistics {
namespace {

/// B at `count` even levels, each of weight 1 / count.
BridgeSquares even_points(int count) {
  BridgeSquares squares;
  for (int i = 1; i < count; ++i) squares.add(static_cast<double>(i) / count, 1.0 / count);
  return squares;
}

TEST(WeightedChiSquared, OfOneTermIsChiSquaredToTheSmallestTails) {
  const auto log_determinant = [](std::complex<double> z) { return std::log(1.0 - z / 2.0); };
  for (const double p : {0.99, 0.5, 0.05, 1e-5, 1e-50, 1e-300}) {
    const double x = chi_squared_quantile(p, 1) / 2;
    EXPECT_NEAR(weighted_chi_squared_sf(x, 2, log_determinant) / p, 1, 1e-10) << p;
  }
}

// (1 - z / 2)^4: gamma distributed.
TEST(WeightedChiSquared, OfEightEqualTermsIsChiSquared) {
  const auto log_determinant = [](std::complex<double> z) { return 8.0 * std::log(1.0 - z / 2.0); };
  for (const double p : {0.99, 0.5, 0.05, 1e-5, 1e-50, 1e-300}) {
    const double x = chi_squared_quantile(p, 8) / 2;
    EXPECT_NEAR(weighted_chi_squared_sf(x, 2, log_determinant) / p, 1, 1e-8) << p;
  }
}

TEST(BridgeSquares, OfOnePointIsChiSquared) {
  BridgeSquares squares;
  squares.add(0.3, 2);
  for (const double p : {0.99, 0.05, 1e-50, 1e-300})
    EXPECT_NEAR(squares.sf(2 * 0.3 * 0.7 * chi_squared_quantile(p, 1)) / p, 1, 1e-10) << p;
}

// Two points have the eigenvalues of a 2 x 2 matrix.
TEST(BridgeSquares, OfTwoPointsHasTheirMatrixsEigenvalues) {
  BridgeSquares squares;
  squares.add(0.2, 3);
  squares.add(0.7, 1);
  const double a = 3 * 0.2 * 0.8, b = 0.7 * 0.3, c = 3 * (0.2 * 0.3) * (0.2 * 0.3);  // c: product of the off-diagonals
  const double middle = (a + b) / 2, half = std::sqrt((a - b) * (a - b) / 4 + c);
  const double large = middle + half, small = middle - half;
  EXPECT_NEAR(squares.form().largest_weight, large, 1e-12);
  EXPECT_NEAR(squares.form().mean, large + small, 1e-12);
  EXPECT_NEAR(squares.form().variance, 2 * (large * large + small * small), 1e-12);
}

// The percentage points of Anderson and Darling (1952), table 1.
TEST(BridgeSquares, OfManyPointsHasTheLimitOfCramerAndVonMises) {
  const BridgeSquares squares = even_points(5000);
  EXPECT_NEAR(squares.sf(0.34730), 0.10, 1e-5);
  EXPECT_NEAR(squares.sf(0.46136), 0.05, 1e-5);
  EXPECT_NEAR(squares.sf(0.74346), 0.01, 1e-5);
  EXPECT_NEAR(squares.sf(1.16786), 0.001, 1e-5);
  EXPECT_NEAR(squares.form().critical, 0.46136, 1e-4);
  EXPECT_NEAR(squares.mean(), 1.0 / 6, 1e-6);
  EXPECT_NEAR(squares.variance(), 1.0 / 45, 1e-6);
}

// The first of the terms X_j / (j pi)^2 decides the tail, times prod (1 - 1 / j^2)^-1/2 = sqrt(2) of the others.
TEST(BridgeSquares, HasTheTailOfItsLargestTerm) {
  const BridgeSquares squares = even_points(500);
  const double largest = squares.form().largest_weight;
  EXPECT_NEAR(largest * std::numbers::pi * std::numbers::pi, 1, 1e-4);
  for (const double p : {1e-20, 1e-100, 1e-300})
    EXPECT_NEAR(squares.sf(largest * chi_squared_quantile(p, 1)) / (std::numbers::sqrt2 * p), 1, 0.02) << p;
}

// Marsaglia and Marsaglia (2004), "Evaluating the Anderson–Darling distribution", section 2.
TEST(BridgeSquares, OfManyWeightedPointsHasTheLimitOfAndersonAndDarling) {
  constexpr int kCount = 5000;
  BridgeSquares squares;
  for (int i = 0; i < kCount; ++i) {
    const double jump = 1.0 / kCount, at = (i + 0.5) * jump;
    squares.add(at, jump / (at * (1 - at) - jump / 4), jump);
  }
  EXPECT_NEAR(squares.sf(1.9329578327), 0.10, 5e-4);
  EXPECT_NEAR(squares.sf(2.4923671600), 0.05, 3e-4);
  EXPECT_NEAR(squares.sf(3.8781250216), 0.01, 1e-4);
}

// A mean of B on both sides of each jump varies less than B between.
TEST(BridgeSquares, OfJumpsHasTheVarianceOfTheMeans) {
  BridgeSquares squares;
  squares.add(0.5, 1, 1.0 / 3);
  // B(1/3) and B(2/3) have variance 2/9 and covariance 1/9.
  EXPECT_NEAR(squares.mean(), (2.0 / 9 + 2.0 / 9 + 2.0 / 9) / 4, 1e-12);
  EXPECT_NEAR(squares.sf(squares.mean() * chi_squared_quantile(1e-20, 1)) / 1e-20, 1, 1e-9);
}

TEST(BridgeSquares, OfNoPointsExceedsNothing) {
  EXPECT_EQ(BridgeSquares().sf(0), 1);
  EXPECT_EQ(BridgeSquares().form().critical, 0);
}

}  // namespace
}  // namespace veleta::statistics
