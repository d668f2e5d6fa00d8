#include "moments.hpp"

#include <cmath>

namespace ridge {

using veleta::MatrixView;

Standardiser measure(const MatrixView& rows) {
  const auto count = static_cast<double>(rows.rows);
  std::vector<double> means(rows.columns, 0), squares(rows.columns, 0), inverse(rows.columns, 0);
  for (size_t row = 0; row < rows.rows; ++row)
    for (size_t column = 0; column < rows.columns; ++column) means[column] += rows.at(row, column);
  for (double& mean : means) mean /= count;
  for (size_t row = 0; row < rows.rows; ++row)
    for (size_t column = 0; column < rows.columns; ++column) {
      const double distance = rows.at(row, column) - means[column];
      squares[column] += distance * distance;
    }
  for (size_t column = 0; column < rows.columns; ++column) {
    const double deviation = std::sqrt(squares[column] / count);
    // Below this, the spread is the rounding of the mean.
    if (deviation > 1e-12 * std::abs(means[column])) inverse[column] = 1 / deviation;
  }
  return {std::move(means), std::move(inverse)};
}

void standardise(const Standardiser& by, const float* row, std::vector<double>& out) {
  for (size_t column = 0; column < out.size(); ++column)
    out[column] = (row[column] - by.means[column]) * by.inverse_deviations[column];
}

Moments accumulate(const MatrixView& rows, std::span<const double> targets, const Standardiser& standardiser) {
  const size_t columns = rows.columns;
  Moments moments{std::vector<double>(columns * columns, 0), std::vector<double>(columns, 0)};
  for (double target : targets) moments.target_mean += target;
  moments.target_mean /= static_cast<double>(rows.rows);
  std::vector<double> z(columns);
  for (size_t row = 0; row < rows.rows; ++row) {
    standardise(standardiser, rows.row(row), z);
    const double target = targets[row] - moments.target_mean;
    moments.target_squares += target * target;
    for (size_t i = 0; i < columns; ++i) {
      moments.with_target[i] += z[i] * target;
      double* products = &moments.products[i * columns];
      const double factor = z[i];
      for (size_t j = 0; j <= i; ++j) products[j] += factor * z[j];
    }
  }
  for (size_t i = 0; i < columns; ++i)
    for (size_t j = 0; j < i; ++j) moments.products[j * columns + i] = moments.products[i * columns + j];
  return moments;
}

}  // namespace ridge
