#include "served_rows.hpp"

namespace veleta {

std::vector<double> numbers_of(const Table& table) {
  std::vector<double> numbers;
  numbers.reserve(table.columns.size() * table.row_count());
  for (size_t row = 0; row < table.row_count(); ++row)
    for (const Column& column : table.columns)
      if (column.type == ColumnType::kNumber) numbers.push_back(column.numbers[row]);
  return numbers;
}

}  // namespace veleta
