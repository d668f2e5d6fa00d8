#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "data/table.hpp"

namespace veleta {

/// Rows of a request that was answered, for the streams; a view.
struct ServedRows {
  int model_version = 0;
  const Table* inputs = nullptr;        ///< as the model took them in; null: no stream watches columns
  std::span<const double> predictions;  ///< one a row
};

/// Rows that a model answered, of several requests: the values of its numeric inputs column after column, as streams
/// look at them.
class ServedBlock {
 public:
  static constexpr size_t kUsualBytes = size_t{64} << 10;

  /// Has room for these rows, and for as many as kUsualBytes hold.
  explicit ServedBlock(const ServedRows& first);

  /// Appends rows; false, and nothing done, where they have no room or are of another model or form.
  bool append(const ServedRows& rows);
  bool append(const ServedBlock& later);

  int model_version() const { return model_version_; }
  size_t row_count() const { return row_count_; }
  /// Free room counts.
  size_t bytes() const { return sizeof *this + capacity_ * (column_count_ + 1) * sizeof(double); }
  /// Of each numeric input, in order; none where no stream watches columns.
  std::vector<std::span<const double>> columns() const;
  std::span<const double> predictions() const { return values_of(column_count_); }

 private:
  std::span<const double> values_of(size_t column) const { return {values_.get() + column * capacity_, row_count_}; }

  int model_version_;
  size_t column_count_, capacity_, row_count_ = 0;
  std::unique_ptr<double[]> values_;  ///< `capacity_` places of each column, and as many of the predictions
};

/// Appends rows to the last block, or as a block of their own where they have no room.
void append_to(std::vector<ServedBlock>& blocks, const ServedRows& rows);

}  // namespace veleta
