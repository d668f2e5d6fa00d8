#include "served_rows.hpp"

#include <utility>

namespace veleta {

namespace {

void append(std::vector<double>& values, const std::vector<double>& more) {
  values.insert(values.end(), more.begin(), more.end());
}

bool has_room(const ServedRows& block, const ServedRows& rows) {
  return block.model_version == rows.model_version && bytes_of(block) + bytes_of(rows) <= kServedBlockBytes;
}

}  // namespace

std::vector<double> numbers_of(const Table& table) {
  std::vector<double> numbers;
  numbers.reserve(table.columns.size() * table.row_count());
  for (size_t row = 0; row < table.row_count(); ++row)
    for (const Column& column : table.columns)
      if (column.type == ColumnType::kNumber) numbers.push_back(column.numbers[row]);
  return numbers;
}

void append_to_blocks(std::vector<ServedRows>& blocks, ServedRows rows) {
  if (blocks.empty() || !has_room(blocks.back(), rows)) {
    blocks.push_back(std::move(rows));
    return;
  }
  append(blocks.back().numbers, rows.numbers);
  append(blocks.back().predictions, rows.predictions);
}

}  // namespace veleta
