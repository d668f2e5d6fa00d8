#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace veleta::mmd {

/// Rows of numbers, one after the other.
struct Points {
  std::vector<double> values;
  size_t columns = 0;

  size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const double> row(size_t index) const { return {values.data() + index * columns, columns}; }
};

inline double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// The unbiased estimate of the squared maximum mean discrepancy by the kernel exp(-d² / (2 sigma²)): Gretton et al.
/// (2012, "A kernel two-sample test"), eq. 3. Either sample has two rows at least. May be below 0.
inline double unbiased_mmd2(const Points& x, const Points& y, double sigma) {
  const double scale = -1 / (2 * sigma * sigma);
  const auto within = [&](const Points& points) {
    double sum = 0;
    for (size_t i = 0; i < points.rows(); ++i)
      for (size_t j = 0; j < i; ++j) sum += std::exp(scale * squared_distance(points.row(i), points.row(j)));
    const auto rows = static_cast<double>(points.rows());
    return 2 * sum / (rows * (rows - 1));
  };
  double between = 0;
  for (size_t i = 0; i < x.rows(); ++i)
    for (size_t j = 0; j < y.rows(); ++j) between += std::exp(scale * squared_distance(x.row(i), y.row(j)));
  return within(x) + within(y) - 2 * between / (static_cast<double>(x.rows()) * static_cast<double>(y.rows()));
}

/// The median distance between two different rows, which is a usual sigma; 0 where all are alike.
inline double median_distance(const Points& points) {
  std::vector<double> distances;
  for (size_t i = 0; i < points.rows(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (const double distance = squared_distance(points.row(i), points.row(j)); distance > 0)
        distances.push_back(distance);
  if (distances.empty()) return 0;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  return std::sqrt(*middle);
}

}  // namespace veleta::mmd
