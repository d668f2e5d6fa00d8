#pragma once

#include <algorithm>
#include <cmath>

namespace veleta {

namespace kuiper_detail {

/// P(V >= v) for n rows exactly, where v >= 1/2, or (n - 1) / (2 n) for an odd n (Stephens 1965, "The goodness-of-fit
/// statistic V_n: distribution and significance points", eq. 5).
inline double upper_sum(double n, double v) {
  double sum = 0;
  for (double t = 0; t <= std::floor(n * (1 - v)); ++t) {
    const double y = v + t / n, rest = 1 - v - t / n;
    const double factor =
        y * y * y * n - y * y * t * (3 - 2 / n) + y * t * (t - 1) * (3 - 2 / n) / n - t * (t - 1) * (t - 2) / (n * n);
    if (rest <= 0) continue;
    sum += factor * std::exp(std::lgamma(n + 1) - std::lgamma(t + 1) - std::lgamma(n - t + 1) + (t - 3) * std::log(y) +
                             (n - t - 1) * std::log(rest));
  }
  return sum;
}

/// The limit of Kuiper (1960) and its term in 1 / sqrt(n).
inline double by_series(double n, double v) {
  const double z = v * std::sqrt(n);
  if (z < 0.4) return 1;
  double limit = 0, term = 0;
  for (double j = 1; j * z < 28; ++j) {
    const double square = j * j * z * z, weight = std::exp(-2 * square);
    limit += 2 * (4 * square - 1) * weight;
    term += j * j * (4 * square - 3) * weight;
  }
  return limit - 8 * v / 3 * term;
}

}  // namespace kuiper_detail

/// P(V >= v) of Kuiper's statistic of n rows against a known distribution; two windows count as their effective rows.
inline double kuiper_sf(double n, double v) {
  const bool even = std::fmod(n, 2) == 0;
  const bool upper = even ? v > 0.5 : v > (n - 1) / (2 * n);
  const double p = upper && n <= 5000 ? kuiper_detail::upper_sum(n, v) : kuiper_detail::by_series(n, v);
  return std::clamp(p, 0.0, 1.0);
}

}  // namespace veleta
