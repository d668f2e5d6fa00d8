#pragma once

#include <algorithm>
#include <cmath>

namespace veleta::streams {

/// A number if it is positive, else 0; without a branch, which a sum of random numbers makes a processor guess wrong.
inline double positive_part(double number) { return (number + std::abs(number)) / 2; }

/// No value is taken for farther than this: sums and squares of many such are finite.
inline constexpr double kReach = 1e100;

inline double within_reach(double value) { return std::clamp(value, -kReach, kReach); }

}  // namespace veleta::streams
