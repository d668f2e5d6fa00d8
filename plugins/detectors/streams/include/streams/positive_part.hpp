#pragma once

#include <cmath>

namespace veleta::streams {

/// A number if it is positive, else 0; without a branch, which a sum of random numbers makes a processor guess wrong.
inline double positive_part(double number) { return (number + std::abs(number)) / 2; }

}  // namespace veleta::streams
