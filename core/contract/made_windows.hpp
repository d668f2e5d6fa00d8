#pragma once

#include <string>
#include <utility>
#include <vector>

#include "veleta/drift.hpp"

namespace veleta::contract {

/// Bell-shaped numbers: sums of uniform ones, the same with every library.
std::vector<double> bell(uint64_t seed, size_t count, double mean = 0, double width = 1);

/// A numeric column of one window, which owns its values. `row_count` is larger where `values` are a grid of more rows.
class NumericColumn {
 public:
  explicit NumericColumn(std::vector<double> values, double missing_count = 0, double row_count = -1);
  NumericSample sample() const;
  /// How many of the missing held something of another type.
  void set_wrong_types(double count) { wrong_type_count_ = count; }

 private:
  std::vector<double> sorted_;
  double row_count_, missing_count_, mean_ = 0, standard_deviation_ = 0, wrong_type_count_ = 0;
};

/// A categorical column of two windows: rows for each label.
class CategoricalColumns {
 public:
  struct Row {
    std::string label;
    double reference, current;
  };
  explicit CategoricalColumns(std::vector<Row> rows, double reference_missing = 0, double current_missing = 0);
  CategoricalSample reference() const;
  CategoricalSample current() const;

 private:
  CategoricalSample sample(const std::vector<double>& counts, double missing_count) const;

  std::vector<Row> rows_;
  std::vector<double> reference_counts_, current_counts_;
  double reference_missing_, current_missing_;
  mutable std::vector<const char*> labels_;  ///< of rows_, filled before each use: rows_ may have moved
};

/// Rows of one window with features, predictions and targets, all of which it owns.
class RowWindow {
 public:
  static constexpr size_t kMostParts = 3;

  /// Features are `values`, row by row; what a model predicts of a row is its first feature, and the target is `error`
  /// times the second off.
  RowWindow(std::vector<float> values, size_t columns, double error = 1);
  /// A sample of a window of so many parts, each with as many rows as the sample has.
  RowSample sample(size_t parts = 1) const;

 private:
  std::vector<float> values_;
  std::vector<double> predictions_, targets_, part_rows_;
  std::vector<std::string> names_;
  mutable std::vector<const char*> name_pointers_;  ///< of names_, filled before each use: they may have moved
};

/// What a pair of windows is there to show.
enum class Theme { kEqual, kChanged, kEmpty, kConstant, kExtreme, kLarge };

struct NumericPair {
  Theme theme;
  std::string name;
  NumericColumn reference, current;
};
struct CategoricalPair {
  Theme theme;
  std::string name;
  CategoricalColumns columns;
};

struct RowPair {
  Theme theme;
  std::string name;
  RowWindow reference, current;
};

std::vector<NumericPair> numeric_pairs();
std::vector<CategoricalPair> categorical_pairs();
std::vector<RowPair> row_pairs();

}  // namespace veleta::contract
