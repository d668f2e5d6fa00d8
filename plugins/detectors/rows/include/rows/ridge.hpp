#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "rows/feature_columns.hpp"

namespace veleta::rows {

/// A linear model by ridge regression (Hoerl and Kennard 1970) with weighted rows: minimises sum w (y - a - b'z)² + l
/// |b|² over columns z of mean 0 and deviation 1, by conjugate gradients (Hestenes and Stiefel 1952), which needs no
/// matrix. The penalty l grows with the number of columns: few rows of many columns say little.
class Ridge {
 public:
  static constexpr double kPenaltyOfColumn = 4;
  static constexpr size_t kMostSteps = 30;

  Ridge(const FeatureColumns& data, std::span<const size_t> rows, std::span<const double> y,
        std::span<const double> weights)
      : data_(data), centre_(data.columns()), scale_(data.columns()), slopes_(data.columns()) {
    learn_scales(rows, weights);
    solve(rows, y, weights);
  }

  double predict(size_t row) const {
    double sum = level_;
    for (size_t column = 0; column < slopes_.size(); ++column) sum += slopes_[column] * z(row, column);
    return sum;
  }

  /// How much of the prediction's variance a column brings by itself.
  double importance(size_t column) const { return scale_[column] > 0 ? slopes_[column] * slopes_[column] : 0; }

 private:
  double z(size_t row, size_t column) const { return (data_.column(column)[row] - centre_[column]) * scale_[column]; }

  void learn_scales(std::span<const size_t> rows, std::span<const double> weights) {
    double total = 0;
    for (size_t i = 0; i < rows.size(); ++i) total += weights[i];
    for (size_t column = 0; column < data_.columns(); ++column) {
      const auto& values = data_.column(column);
      double sum = 0, squares = 0;
      for (size_t i = 0; i < rows.size(); ++i) sum += weights[i] * values[rows[i]];
      centre_[column] = sum / total;
      for (size_t i = 0; i < rows.size(); ++i) {
        const double off = values[rows[i]] - centre_[column];
        squares += weights[i] * off * off;
      }
      scale_[column] = squares > 0 ? 1 / std::sqrt(squares / total) : 0;
    }
  }

  /// z' W v for every column, and z b for every row.
  std::vector<double> correlate(std::span<const size_t> rows, std::span<const double> v) const {
    std::vector<double> products(data_.columns());
    for (size_t column = 0; column < products.size(); ++column)
      for (size_t i = 0; i < rows.size(); ++i) products[column] += z(rows[i], column) * v[i];
    return products;
  }
  std::vector<double> combine(std::span<const size_t> rows, std::span<const double> slopes) const {
    std::vector<double> sums(rows.size());
    for (size_t column = 0; column < slopes.size(); ++column)
      for (size_t i = 0; i < rows.size(); ++i) sums[i] += slopes[column] * z(rows[i], column);
    return sums;
  }

  static double dot(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }

  void solve(std::span<const size_t> rows, std::span<const double> y, std::span<const double> weights) {
    double total = 0;
    for (size_t i = 0; i < rows.size(); ++i) total += weights[i], level_ += weights[i] * y[i];
    level_ /= total;
    std::vector<double> weighted(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) weighted[i] = weights[i] * (y[i] - level_);
    const double penalty = kPenaltyOfColumn * static_cast<double>(data_.columns());
    std::vector<double> residual = correlate(rows, weighted), direction = residual;
    double size = dot(residual, residual);
    const double enough = 1e-12 * size;
    for (size_t step = 0; step < kMostSteps && size > enough; ++step) {
      std::vector<double> through = combine(rows, direction);
      for (size_t i = 0; i < rows.size(); ++i) through[i] *= weights[i];
      std::vector<double> image = correlate(rows, through);
      for (size_t column = 0; column < image.size(); ++column) image[column] += penalty * direction[column];
      const double length = size / dot(direction, image);
      for (size_t column = 0; column < image.size(); ++column) {
        slopes_[column] += length * direction[column];
        residual[column] -= length * image[column];
      }
      const double left = dot(residual, residual);
      for (size_t column = 0; column < image.size(); ++column)
        direction[column] = residual[column] + left / size * direction[column];
      size = left;
    }
  }

  const FeatureColumns& data_;
  std::vector<double> centre_, scale_, slopes_;
  double level_ = 0;
};

}  // namespace veleta::rows
