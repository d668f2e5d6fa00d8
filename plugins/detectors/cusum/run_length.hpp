#pragma once

#include <cmath>
#include <limits>

// Thresholds of one-sided CUSUMs whose mean run length is at least a number. Infinite where none does that: the sums
// would grow by themselves.

namespace veleta::cusum {

/// The least x in (low, high) where the growing `excess` is above 0.
template <typename Function>
double root_of_growing(double low, double high, const Function& excess) {
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    (excess(middle) > 0 ? high : low) = middle;
  }
  return high;
}

/// Of normal increments with mean -drift and standard deviation `deviation`: Siegmund's approximation (1985, Sequential
/// Analysis, eq. 2.57), (exp(2 d b) - 1 - 2 d b) / (2 d^2) with d = drift / deviation and b = h / deviation + 1.166. It
/// is up to 1 % too long.
inline double threshold_of_normal(double drift, double deviation, double run_length) {
  const double d = drift / deviation;
  if (!(d > 0)) return std::numeric_limits<double>::infinity();
  const auto excess = [&](double b) {
    const double exponent = 2 * d * b;
    return (std::expm1(exponent) - exponent) / (2 * d * d) - 1.01 * run_length;
  };
  const double far = (std::log1p(2 * d * d * run_length) + 60) / (2 * d) + std::sqrt(2.2 * run_length);
  return std::max(1e-6, (root_of_growing(0, far, excess) - 1.166) * deviation);
}

/// Of increments that are `first` with chance `p`, else `second`: where E exp(t X) = 1 with t > 0, exp(t sum) since any
/// value is a martingale, so that the run length is at least exp(t h) (Lorden 1971, theorem 2).
inline double threshold_of_two_values(double first, double p, double second, double run_length) {
  if (!(p * first + (1 - p) * second < 0)) return std::numeric_limits<double>::infinity();
  const double greatest = std::max(first, second);
  if (!(greatest > 0)) return 1e-6;  // the sum never leaves 0
  const double chance = greatest == first ? p : 1 - p;
  if (!(chance > 0)) return 1e-6;
  // E exp(t X) >= chance exp(t greatest), which is 1 at the upper end.
  const double t = root_of_growing(0, std::log(1 / chance) / greatest + 1e-9, [&](double at) {
    return p * std::expm1(at * first) + (1 - p) * std::expm1(at * second);
  });
  return std::log(run_length) / t;
}

}  // namespace veleta::cusum
