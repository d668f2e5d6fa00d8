#pragma once

#include <cstddef>
#include <vector>

#include "data/table.hpp"

namespace veleta {

/// What streams watch of rows that were served, of one request or of some.
struct ServedRows {
  int model_version = 0;
  std::vector<double> numbers;  ///< of the model's numeric inputs, row after row; empty: no stream watches columns
  std::vector<double> predictions;
};

/// The values of the numeric columns, row after row.
std::vector<double> numbers_of(const Table& table);

inline size_t bytes_of(const ServedRows& rows) {
  return sizeof rows + (rows.numbers.size() + rows.predictions.size()) * sizeof(double);
}

/// Small enough for a processor's cache when the watches take it column by column.
inline constexpr size_t kServedBlockBytes = size_t{64} << 10;

/// Appends rows to the last block of their model if they fit in; they are a block of their own otherwise. Rows keep
/// their order; all of one model have numbers, or none has.
void append_to_blocks(std::vector<ServedRows>& blocks, ServedRows rows);

}  // namespace veleta
