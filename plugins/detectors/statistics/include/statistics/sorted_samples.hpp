#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace veleta::statistics {

/// The value at or below which the share `p` of an ascending sample lies: the inverse of its distribution function.
inline double quantile(std::span<const double> sorted, double p) {
  const double rank = std::ceil(p * static_cast<double>(sorted.size()));
  const auto index = static_cast<size_t>(std::max(rank - 1, 0.0));
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace veleta::statistics
