#pragma once

#include <cstddef>
#include <vector>

#include "data/table.hpp"

namespace veleta {

/// What streams watch of a request that was answered.
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

}  // namespace veleta
