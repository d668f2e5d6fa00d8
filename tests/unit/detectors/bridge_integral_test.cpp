#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "bridge.hpp"
#include "statistics/tails.hpp"

namespace veleta {
namespace {

using Weights = std::array<double, BridgePaths::kCells>;

/// The weights of F(x) = x: the integral of sqrt(u (1 - u)) over each cell.
Weights even_weights(const BridgePaths& paths) {
  const auto integral = [](double u) { return (std::asin(2 * u - 1) + 2 * (2 * u - 1) * std::sqrt(u * (1 - u))) / 8; };
  Weights weights;
  for (size_t cell = 0; cell < weights.size(); ++cell)
    weights[cell] = integral(paths.levels()[cell + 1]) - integral(paths.levels()[cell]);
  return weights;
}

// Percentage points of the law that Shepp (1982), "On the integral of the absolute value of the pinned Wiener process",
// gives by its Laplace transform, inverted numerically. The bounds are three standard errors of a share of the paths.
TEST(BridgeIntegral, OfEvenValuesHasTheLawOfTheIntegralOfTheBridge) {
  const BridgePaths paths(0);
  const BridgeIntegral null(paths, even_weights(paths));
  const auto expect = [&](double value, double p) {
    EXPECT_NEAR(null.sf(value), p, 3 * std::sqrt(p * (1 - p) / BridgePaths::kPaths)) << value;
  };
  expect(0.28178, 0.5);
  expect(0.49921, 0.1);
  expect(0.58228, 0.05);
  expect(0.75711, 0.01);
  EXPECT_NEAR(null.sf(null.critical_value()), 0.05, 5e-4);
  EXPECT_NEAR(null.sigma(), std::sqrt(1.0 / 12), 1e-3);
}

// One cell is one normal variable.
TEST(BridgeIntegral, OfOneCellIsHalfNormal) {
  const BridgePaths paths(0.01);
  Weights weights{};
  weights[40] = 3e6;
  const BridgeIntegral null(paths, weights);
  EXPECT_DOUBLE_EQ(null.sigma(), 3e6);
  for (const double z : {0.5, 1.0, 2.0}) {
    const double p = 2 * statistics::normal_sf(z);
    EXPECT_NEAR(null.sf(z * 3e6), p, 3 * std::sqrt(p * (1 - p) / BridgePaths::kPaths)) << z;
  }
}

TEST(BridgeIntegral, NeverUnderstatesSmallTails) {
  const BridgePaths paths(0.01);
  Weights weights{};
  weights[40] = 1;
  const BridgeIntegral null(paths, weights);
  for (const double z : {3.5, 5.0, 10.0, 37.0}) {
    const double p = 2 * statistics::normal_sf(z);
    EXPECT_GE(null.sf(z), p) << z;
    EXPECT_LE(std::log(null.sf(z)), 0.9 * std::log(p)) << z;
  }
}

TEST(BridgeIntegral, OfNoWeightExceedsNothing) {
  const BridgePaths paths(0.01);
  const BridgeIntegral null(paths, Weights{});
  EXPECT_EQ(null.sf(0), 1);
  EXPECT_EQ(null.critical_value(), 0);
}

TEST(BridgeIntegral, OfAnInfiniteWeightIsInfinite) {
  const BridgePaths paths(0.01);
  Weights weights{};
  weights[3] = std::numeric_limits<double>::infinity();
  const BridgeIntegral null(paths, weights);
  EXPECT_EQ(null.sf(1), 1);
  EXPECT_EQ(null.sf(weights[3]), 1);
  EXPECT_EQ(null.critical_value(), weights[3]);
}

}  // namespace
}  // namespace veleta
