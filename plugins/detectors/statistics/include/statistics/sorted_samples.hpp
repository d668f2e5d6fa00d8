#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace veleta::statistics {

/// Merges two ascending samples, neither of them empty. Calls visit(value, next, reference_share, current_share) for
/// each distinct value in order: the shares of each sample at or below `value`, which hold up to `next` (the last
/// value's next is itself).
template <typename Visit>
void merge_sorted(std::span<const double> reference, std::span<const double> current, Visit visit) {
  const auto reference_size = static_cast<double>(reference.size());
  const auto current_size = static_cast<double>(current.size());
  size_t i = 0, j = 0;
  auto least = [&] {
    if (i == reference.size()) return current[j];
    return j == current.size() ? reference[i] : std::min(reference[i], current[j]);
  };
  for (double value = least(); i < reference.size() || j < current.size();) {
    while (i < reference.size() && reference[i] == value) ++i;
    while (j < current.size() && current[j] == value) ++j;
    const bool last = i == reference.size() && j == current.size();
    const double next = last ? value : least();
    visit(value, next, static_cast<double>(i) / reference_size, static_cast<double>(j) / current_size);
    value = next;
  }
}

/// The greatest distance between two empirical distribution functions, and where it lies.
struct LargestGap {
  double distance = 0;
  double at = 0;
  int direction = 0;  ///< +1: current lies higher (its distribution function lower), -1: lower, 0: no gap
};

/// The two-sample Kolmogorov–Smirnov statistic D; ties are taken together.
inline LargestGap largest_gap(std::span<const double> reference, std::span<const double> current) {
  LargestGap gap;
  merge_sorted(reference, current, [&](double value, double, double reference_share, double current_share) {
    const double difference = reference_share - current_share;
    if (std::abs(difference) > gap.distance) gap = {std::abs(difference), value, difference > 0 ? 1 : -1};
  });
  return gap;
}

/// The 1-Wasserstein distance between two samples over the values from `low` to `high`: the area between their
/// distribution functions (Vallender 1974).
inline double wasserstein_distance(std::span<const double> reference, std::span<const double> current, double low,
                                   double high) {
  double area = 0;
  merge_sorted(reference, current, [&](double value, double next, double reference_share, double current_share) {
    const double width = std::min(next, high) - std::max(value, low);
    if (width > 0) area += std::abs(reference_share - current_share) * width;
  });
  return area;
}

/// The same over all values.
inline double wasserstein_distance(std::span<const double> reference, std::span<const double> current) {
  return wasserstein_distance(reference, current, std::min(reference.front(), current.front()),
                              std::max(reference.back(), current.back()));
}

/// The value at or below which the share `p` of an ascending sample lies: the inverse of its distribution function.
inline double quantile(std::span<const double> sorted, double p) {
  const double rank = std::ceil(p * static_cast<double>(sorted.size()));
  const auto index = static_cast<size_t>(std::max(rank - 1, 0.0));
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace veleta::statistics
