#pragma once

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace veleta::statistics {

/// P(X >= outside) where X of `current_rows` rows lie outside the range of `reference_rows` rows of the same continuous
/// distribution, whatever that is: C(m - k + n - 1, n - 1) / C(m + n, n) (k + 1 + (m - k) / n), summed from the
/// distribution of exceedances (Gumbel and von Schelling 1950). Ties make it cautious.
inline double outside_sf(double outside, double current_rows, double reference_rows) {
  const double n = reference_rows, m = current_rows, k = outside;
  if (k <= 0) return 1;
  auto log_factorial = [](double x) { return boost::math::lgamma(x + 1); };
  const double logarithm =
      log_factorial(m - k + n - 1) - log_factorial(m - k) + log_factorial(m) + std::log(n) - log_factorial(m + n);
  return std::min(1.0, std::exp(logarithm) * (k + 1 + (m - k) / n));
}

/// The mean of X over m: 2 / (n + 1).
inline double expected_outside_share(double reference_rows) { return std::min(1.0, 2 / (reference_rows + 1)); }

}  // namespace veleta::statistics
