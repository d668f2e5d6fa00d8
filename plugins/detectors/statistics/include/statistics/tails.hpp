#pragma once

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

// Tail probabilities, each computed as a tail and never as 1 - cdf: small ones keep their digits until they underflow
// to 0.

namespace veleta::statistics {

/// P(X > x) of a chi-squared variable: the regularised upper incomplete gamma function Q(df/2, x/2), DLMF 8.2.4.
/// `df` > 0, `x` >= 0.
inline double chi_squared_sf(double x, double df) { return boost::math::gamma_q(df / 2, x / 2); }

/// The x with P(X > x) = p of a chi-squared variable, 0 < p <= 1.
inline double chi_squared_quantile(double p, double df) { return 2 * boost::math::gamma_q_inv(df / 2, p); }

/// P(Z > z) of a standard normal variable: erfc(z / sqrt(2)) / 2, DLMF 7.2.2.
inline double normal_sf(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

/// The z with P(Z > z) = p of a standard normal variable, 0 < p < 1.
inline double normal_quantile(double p) { return std::numbers::sqrt2 * boost::math::erfc_inv(2 * p); }

/// P(X >= successes) of a binomial variable: the regularised incomplete beta function I_p(k, n - k + 1), DLMF 8.17.5.
inline double binomial_sf(double successes, double trials, double p) {
  if (successes <= 0) return 1;
  return boost::math::ibeta(successes, trials - successes + 1, p);
}

/// The p with P(X >= successes) = probability of a binomial variable, 0 < successes <= trials.
inline double binomial_share(double successes, double trials, double probability) {
  return boost::math::ibeta_inv(successes, trials - successes + 1, probability);
}

}  // namespace veleta::statistics
