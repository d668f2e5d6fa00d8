#include "served_rows.hpp"

namespace veleta {

std::vector<double> numbers_of(const Table& table) {
  std::vector<const double*> columns;
  columns.reserve(table.columns.size());
  for (const Column& column : table.columns)
    if (column.type == ColumnType::kNumber) columns.push_back(column.numbers.data());
  std::vector<double> numbers;
  numbers.reserve(columns.size() * table.row_count());
  for (size_t row = 0; row < table.row_count(); ++row)
    for (const double* column : columns) numbers.push_back(column[row]);
  return numbers;
}

}  // namespace veleta
