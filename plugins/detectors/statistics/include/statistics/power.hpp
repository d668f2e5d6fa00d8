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

/// What a statistic that is a weighted sum of chi-squared variables does where nothing moved.
struct NullForm {
  double critical;  ///< is exceeded with probability kAlpha
  double mean, variance;
  double largest_weight = 1;  ///< of the direction in which the alternative is taken to lie
};

/// The noncentrality at which a test by such a statistic has that power. Takes the noncentral variable as normal with
/// mean `mean` + l and variance `variance` + 4 `largest_weight` l, which is right to about 3 % for a chi-squared one
/// (df = 1: 7.6 for 7.85).
inline double detectable_noncentrality(const NullForm& null) {
  const double z = normal_quantile(1 - kPower);
  const double distance = null.critical - null.mean;
  // (l - distance)^2 = z^2 (variance + 4 w l), the greater root.
  const double half = distance + 2 * z * z * null.largest_weight;
  return half + std::sqrt(half * half - distance * distance + z * z * null.variance);
}

/// The same for a chi-squared test with `df` degrees of freedom.
inline double detectable_noncentrality(double df) {
  return detectable_noncentrality({chi_squared_quantile(kAlpha, df), df, 2 * df});
}

/// The difference of two shares that a two-sided test has that power for, where `share` is the share in both together.
inline double detectable_share_difference(double share, double effective_row_count) {
  const double z = normal_quantile(kAlpha / 2) + normal_quantile(1 - kPower);
  return z * std::sqrt(share * (1 - share) / effective_row_count);
}

}  // namespace veleta::statistics
