#pragma once

#include <boost/math/special_functions/beta.hpp>
#include <cmath>

namespace veleta::statistics {

/// P(|T| >= |t|) of Student's t with `df` degrees of freedom: the incomplete beta function I_x(df/2, 1/2) at
/// x = df / (df + t^2), taken from its other end (Abramowitz and Stegun 26.7.1).
inline double student_t_two_sided(double t, double df) {
  if (t == 0) return 1;
  return boost::math::ibetac(0.5, df / 2, 1 / (1 + df / t / t));
}

/// P(T > t), likewise.
inline double student_t_sf(double t, double df) {
  const double tail = student_t_two_sided(t, df) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/// The t > 0 with P(|T| >= t) = p, 0 < p < 1.
inline double student_t_quantile(double p, double df) {
  const double x = boost::math::ibetac_inv(0.5, df / 2, p);
  return std::sqrt(df * x / (1 - x));
}

}  // namespace veleta::statistics
