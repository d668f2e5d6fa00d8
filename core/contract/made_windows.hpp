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

 private:
  std::vector<double> sorted_;
  double row_count_, missing_count_, mean_ = 0, standard_deviation_ = 0;
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

/// What a pair of windows is there to show.
enum class Theme { kEqual, kChanged, kEmpty, kConstant, kExtreme, kLarge, kRows };

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

std::vector<NumericPair> numeric_pairs();
std::vector<CategoricalPair> categorical_pairs();

}  // namespace veleta::contract
