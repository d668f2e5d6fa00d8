#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "veleta/drift.hpp"

// Two windows' features as columns that statistics can be made of, whatever their units.

namespace veleta::rows {

/// The features of both windows' rows, the reference's first, each column on a robust scale: (value - median) / (IQR /
/// 1.349) of both windows together, held within kMost. A missing value counts as the median, and a column of its own
/// says where values are missing. Columns without any difference are left out.
class FeatureColumns {
 public:
  /// How far from the median a value counts, in robust deviations: one absurd value must not outweigh all others.
  static constexpr double kMost = 6;

  FeatureColumns(const MatrixView& reference, const MatrixView& current)
      : reference_rows_(reference.rows), rows_(reference.rows + current.rows) {
    std::vector<double> values(rows_);
    for (size_t feature = 0; feature < reference.columns; ++feature) {
      for (size_t row = 0; row < reference.rows; ++row) values[row] = reference.row(row)[feature];
      for (size_t row = 0; row < current.rows; ++row) values[reference.rows + row] = current.row(row)[feature];
      const std::string name = feature < reference.names.size() ? reference.names[feature] : std::to_string(feature);
      add_presence(name, values);
      add_values(name, values);
    }
  }

  size_t rows() const { return rows_; }
  size_t columns() const { return names_.size(); }
  const std::string& name(size_t column) const { return names_[column]; }
  const std::vector<double>& column(size_t index) const { return columns_[index]; }
  bool is_current(size_t row) const { return row >= reference_rows_; }

  /// Whether both windows hold the same rows, in whatever order.
  bool windows_are_equal() const {
    if (rows_ != 2 * reference_rows_) return false;
    std::vector<size_t> order(rows_);
    for (size_t row = 0; row < rows_; ++row) order[row] = row;
    const auto before = [&](size_t a, size_t b) {
      for (const auto& values : columns_)
        if (values[a] != values[b]) return values[a] < values[b];
      return false;
    };
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(reference_rows_);
    std::sort(order.begin(), middle, before);
    std::sort(middle, order.end(), before);
    for (size_t i = 0; i < reference_rows_; ++i)
      if (before(order[i], order[reference_rows_ + i]) || before(order[reference_rows_ + i], order[i])) return false;
    return true;
  }

 private:
  static bool is_missing(double value) { return std::isnan(value); }

  void add(std::string name, std::vector<double> values) {
    if (std::ranges::all_of(values, [&](double value) { return value == values.front(); })) return;
    names_.push_back(std::move(name));
    columns_.push_back(std::move(values));
  }

  void add_presence(const std::string& name, const std::vector<double>& values) {
    std::vector<double> marks(values.size());
    std::ranges::transform(values, marks.begin(), [](double value) { return is_missing(value) ? 1.0 : 0.0; });
    add(name + " missing", scaled(marks));
  }

  void add_values(const std::string& name, const std::vector<double>& values) { add(name, scaled(values)); }

  static std::vector<double> scaled(std::vector<double> values) {
    std::vector<double> present;
    for (const double value : values)
      if (!is_missing(value)) present.push_back(value);
    if (present.empty()) return std::vector<double>(values.size(), 0.0);
    std::ranges::sort(present);
    const double middle = present[present.size() / 2], scale = scale_of(present);
    for (double& value : values) value = is_missing(value) ? 0 : std::clamp((value - middle) / scale, -kMost, kMost);
    return values;
  }

  /// IQR / 1.349, which is the deviation of a normal column; where half of the rows are alike, as in a mark of a
  /// category, the deviation of the values within the middle 98 %; else 1.
  static double scale_of(const std::vector<double>& sorted) {
    const auto at = [&](double share) {
      return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    if (at(0.75) > at(0.25)) return (at(0.75) - at(0.25)) / 1.349;
    const double low = at(0.01), high = at(0.99);
    double sum = 0, squares = 0;
    for (const double value : sorted) sum += std::clamp(value, low, high);
    const double mean = sum / static_cast<double>(sorted.size());
    for (const double value : sorted)
      squares += (std::clamp(value, low, high) - mean) * (std::clamp(value, low, high) - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(sorted.size()));
    return deviation > 0 ? deviation : 1;
  }

  size_t reference_rows_, rows_;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> columns_;
};

}  // namespace veleta::rows
