#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "statistics/tails.hpp"

// Quadratic forms of Gaussian processes: Q = sum l_i X_i, where the X_i are independent and chi-squared with one degree
// of freedom. Known by D(z) = prod (1 - z l_i), their Fredholm determinant.

namespace veleta::statistics {

/// P(Q >= x), with small tails in full: Q's Laplace transform D(2 s)^-1/2 inverted along the parabola of Weideman and
/// Trefethen (2007, "Parabolic and hyperbolic contours for computing the Bromwich integral"), which runs around the
/// singularities from `first_zero` / 2 on. `log_determinant(z)` is log D(z) for Im z > 0, continuous from log D(0) = 0;
/// `first_zero` is D's least zero, 1 / max l_i.
template <typename LogDeterminant>
double weighted_chi_squared_sf(double x, double first_zero, LogDeterminant log_determinant) {
  if (!(x > 0)) return 1;
  const double first = first_zero / 2;
  // Left of the pole at 0 the integral is that of the distribution function, which is all that a great p needs.
  const bool left = first * x < 1;
  const double width = left ? 4 / x : std::min(first / 4, 4 / x);
  const double step = left ? 0.1 : 0.16;
  const double reach = std::sqrt(38 / (width * x));
  double sum = 0;
  for (double v = step / 2; v < reach; v += step) {
    const std::complex<double> s(first - width + width * v * v, 2 * width * v);
    const std::complex<double> derivative(2 * width * v, 2 * width);
    const std::complex<double> term = std::exp(-s * x - log_determinant(2.0 * s) / 2.0) / s * derivative;
    sum += term.imag();
    if (std::abs(term) <= 1e-16 * std::abs(sum)) break;
  }
  return std::clamp(sum * step / std::numbers::pi + (left ? 1 : 0), 0.0, 1.0);
}

/// The x with P(Q >= x) = p, to some digits, by secants of log P from the gamma distribution of Q's mean and variance.
template <typename Tail>
double weighted_chi_squared_quantile(double p, double mean, double variance, Tail tail) {
  if (!(mean > 0) || !(variance > 0)) return 0;
  double x = chi_squared_quantile(p, 2 * mean * mean / variance) * variance / (2 * mean);
  double other = x * 1.05;
  double excess = std::log(tail(x) / p), other_excess = std::log(tail(other) / p);
  for (int i = 0; i < 4 && std::abs(excess) > 1e-4 && excess != other_excess; ++i) {
    const double next = std::max(x - excess * (other - x) / (other_excess - excess), x / 2);
    other = x, other_excess = excess;
    x = next, excess = std::log(tail(x) / p);
  }
  return x;
}

}  // namespace veleta::statistics
