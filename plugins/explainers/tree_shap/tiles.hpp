#pragma once

#include <algorithm>
#include <memory>
#include <new>

#include "veleta/training.hpp"

namespace tree_shap {

/// Numbers on a cache line's boundary. Not initialised.
class Numbers {
 public:
  explicit Numbers(size_t count) : data_(static_cast<double*>(::operator new(count * sizeof(double), kAlignment))) {}
  double* get() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Delete {
    void operator()(double* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<double, Delete> data_;
};

/// Copies `lanes` rows from `first` on into a tile: a column's values one after the other. Beyond the last row it
/// repeats that one.
inline void make_tile(const veleta::MatrixView& rows, size_t first, size_t lanes, double* tile) {
  for (size_t lane = 0; lane < lanes; ++lane) {
    const float* row = rows.row(std::min(first + lane, rows.rows - 1));
    for (size_t column = 0; column < rows.columns; ++column) tile[column * lanes + lane] = row[column];
  }
}

}  // namespace tree_shap
