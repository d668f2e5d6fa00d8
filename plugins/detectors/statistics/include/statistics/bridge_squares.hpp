#pragma once

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "statistics/power.hpp"
#include "statistics/weighted_chi_squared.hpp"

namespace veleta::statistics {

/// The distribution of Q = sum w_i B(u_i)^2 over a Brownian bridge B: what the squared distance between the
/// distribution functions of two windows from one distribution tends to, where u_i is that distribution at its values,
/// ties and all.
///
/// Q's determinant is the end value of a vibrating string: y'' = -z w y from y(0) = 0, y'(0) = 1 to y(1) (Gantmacher
/// and Krein 1950; Green's function of the string is the bridge's covariance min(u, v) - u v). So each evaluation is
/// one pass over the points.
class BridgeSquares {
 public:
  /// Points come in ascending order, 0 < `at` < 1, `weight` >= 0. With a `jump`, B is not taken at a point but as the
  /// mean of its values at `at` ± jump / 2. Points closer than kResolution become one.
  void add(double at, double weight, double jump = 0);

  double mean() const;
  double variance() const;
  /// P(Q >= x).
  double sf(double x) const;
  /// Where it exceeds chance, and how it spreads.
  NullForm form() const;

 private:
  static constexpr double kResolution = 1.0 / 512;

  struct Point {
    double at, weight, jump;
    /// Variance of B there.
    double variance() const { return at * (1 - at) - jump / 4; }
  };

  double first_zero() const;
  std::complex<double> log_determinant(std::complex<double> z) const;

  std::vector<Point> points_;
  double run_begin_ = 0;  ///< where the points that became the last one begin
};

inline void BridgeSquares::add(double at, double weight, double jump) {
  if (!(weight > 0)) return;
  if (points_.empty() || at - run_begin_ >= kResolution) {
    points_.push_back({at, weight, jump});
    run_begin_ = at;
    return;
  }
  Point& last = points_.back();
  last.at += (at - last.at) * weight / (last.weight + weight);
  last.weight += weight;
  last.jump = 0;
}

inline double BridgeSquares::mean() const {
  double sum = 0;
  for (const Point& point : points_) sum += point.weight * point.variance();
  return sum;
}

/// 2 sum_ij w_i w_j Cov(B(u_i), B(u_j))^2.
inline double BridgeSquares::variance() const {
  double sum = 0, below = 0;  // below: sum of w_i u_i^2 over the points before
  for (const Point& point : points_) {
    const double own = point.weight * point.variance(), rest = 1 - point.at;
    sum += own * own + 2 * point.weight * rest * rest * below;
    below += point.weight * point.at * point.at;
  }
  return 2 * sum;
}

/// By Newton's method from below, where the determinant falls and bends upwards: it never oversteps.
inline double BridgeSquares::first_zero() const {
  double z = 1 / std::sqrt(variance() / 2);
  for (int i = 0; i < 60; ++i) {
    double y = 0, slope = 1, product = 1, y_dz = 0, slope_dz = 0, product_dlog = 0, at = 0;
    for (const Point& point : points_) {
      y += slope * (point.at - at), y_dz += slope_dz * (point.at - at);
      const double share = point.weight * point.jump / 4, factor = 1 + z * share;
      const double pull = z * point.weight / factor, pull_dz = point.weight / (factor * factor);
      product *= factor, product_dlog += share / factor;
      slope_dz -= pull_dz * y + pull * y_dz, slope -= pull * y;
      at = point.at;
    }
    const double end = (y + slope * (1 - at)) * product;
    const double end_dz = (y_dz + slope_dz * (1 - at)) * product + end * product_dlog;
    if (!(end > 0) || !(end_dz < 0)) break;
    const double move = -end / end_dz;
    z += move;
    if (move < 1e-14 * z) break;
  }
  return z;
}

/// The argument is counted through: by the interlacing of eigenvalues each point turns the determinant of those up to
/// it clockwise, by less than half a turn.
inline std::complex<double> BridgeSquares::log_determinant(std::complex<double> z) const {
  std::complex<double> y = 0, slope = 1, product = 1, end = 1;
  double at = 0, turns = 0;
  for (const Point& point : points_) {
    y += slope * (point.at - at);
    std::complex<double> pull = z * point.weight;
    if (point.jump > 0) {
      const std::complex<double> factor = 1.0 + pull * (point.jump / 4);
      product *= factor;
      pull /= factor;
    }
    slope -= pull * y;
    at = point.at;
    const bool was_below = end.imag() < 0;
    end = (y + slope * (1 - at)) * product;
    if (was_below && end.imag() >= 0) ++turns;
  }
  return std::log(end) - std::complex<double>(0, 2 * std::numbers::pi * turns);
}

inline double BridgeSquares::sf(double x) const {
  if (points_.empty() || !(x > 0)) return 1;
  return weighted_chi_squared_sf(x, first_zero(), [this](std::complex<double> z) { return log_determinant(z); });
}

inline NullForm BridgeSquares::form() const {
  if (points_.empty()) return {0, 0, 0, 0};
  const double zero = first_zero();
  const double critical = weighted_chi_squared_quantile(kAlpha, mean(), variance(), [&](double x) {
    return weighted_chi_squared_sf(x, zero, [this](std::complex<double> z) { return log_determinant(z); });
  });
  return {critical, mean(), variance(), 1 / zero};
}

}  // namespace veleta::statistics
