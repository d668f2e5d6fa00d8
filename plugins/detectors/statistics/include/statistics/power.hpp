#pragma once

#include <cmath>

#include "statistics/tails.hpp"

// How far two windows must differ before a test is likely to see it: with probability kPower at level kAlpha.

namespace veleta::statistics {

inline constexpr double kAlpha = 0.05;
inline constexpr double kPower = 0.8;

/// n m / (n + m): the sample size at which one window compared with a known distribution would be as informative.
inline double effective_rows(double reference_rows, double current_rows) {
  return reference_rows * current_rows / (reference_rows + current_rows);
}

/// The noncentrality at which a chi-squared test with `df` degrees of freedom has that power. Takes the noncentral
/// variable as normal with mean df + l and variance 2 (df + 2 l), which is right to about 3 % (df = 1: 7.6 for 7.85).
inline double detectable_noncentrality(double df) {
  const double z = normal_quantile(1 - kPower);
  const double distance = chi_squared_quantile(kAlpha, df) - df;
  // (l - distance)^2 = z^2 (2 df + 4 l), the greater root.
  const double half = distance + 2 * z * z;
  return half + std::sqrt(half * half - distance * distance + 2 * z * z * df);
}

/// The difference of two shares that a two-sided test has that power for, where `share` is the share in both together.
inline double detectable_share_difference(double share, double effective_row_count) {
  const double z = normal_quantile(kAlpha / 2) + normal_quantile(1 - kPower);
  return z * std::sqrt(share * (1 - share) / effective_row_count);
}

}  // namespace veleta::statistics
