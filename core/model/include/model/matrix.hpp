#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "veleta/training.hpp"

namespace veleta {

/// Rows of features that own their memory.
struct Matrix {
  std::vector<float> values;  ///< value of row r, column c: values[r * columns + c]
  size_t rows = 0;
  size_t columns = 0;
  std::vector<std::string> names;
  std::vector<const char*> name_pointers;  ///< into names; set by view()

  /// Valid until the matrix changes or goes.
  MatrixView view();
  /// The rows at `chosen`, in that order.
  Matrix select(std::span<const size_t> chosen) const;
};

/// A compact binary form of a matrix, for files between host and worker. Same matrix, same bytes.
std::string serialize(const Matrix& matrix);
/// Throws kBadData where the bytes are none, or cut short.
Matrix parse_matrix(std::string_view bytes);

/// The same for a row of numbers alone.
std::string serialize(std::span<const double> numbers);
std::vector<double> parse_numbers(std::string_view bytes);

}  // namespace veleta
