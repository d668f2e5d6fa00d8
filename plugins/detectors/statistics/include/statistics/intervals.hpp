#pragma once

#include <algorithm>
#include <cmath>

namespace veleta::statistics {

struct Interval {
  double low, high;
};

/// The values D that an estimate x of D, whose variance is v + w D, lies no more than z standard deviations from: the
/// roots of (x - D)² = z² (v + w D), the score interval (Wilson 1927). Neither root is below 0.
inline Interval score_interval(double x, double v, double w, double z) {
  const double middle = x + z * z * w / 2;
  const double half = std::sqrt(std::max(0.0, middle * middle - x * x + z * z * v));
  return {std::max(0.0, middle - half), std::max(0.0, middle + half)};
}

/// The shares that `marked` of `rows` are likely to come from (Wilson 1927).
inline Interval wilson_interval(double marked, double rows, double z) {
  const double share = marked / rows, spread = z * z / rows;
  const double middle = (share + spread / 2) / (1 + spread);
  const double half = std::sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread);
  return {marked <= 0 ? 0 : std::max(0.0, middle - half), marked >= rows ? 1 : std::min(1.0, middle + half)};
}

/// How far from 0 a number between `low` and `high` lies.
inline Interval magnitude(Interval of) {
  if (of.low <= 0 && of.high >= 0) return {0, std::max(-of.low, of.high)};
  return {std::min(std::abs(of.low), std::abs(of.high)), std::max(std::abs(of.low), std::abs(of.high))};
}

}  // namespace veleta::statistics
