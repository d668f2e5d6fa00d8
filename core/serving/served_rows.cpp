#include "served_rows.hpp"

#include <algorithm>

namespace veleta {

namespace {

bool is_number(const Column& column) { return column.type == ColumnType::kNumber; }

size_t count_numbers(const Table* inputs) {
  return inputs ? static_cast<size_t>(std::ranges::count_if(inputs->columns, is_number)) : 0;
}

}  // namespace

ServedBlock::ServedBlock(const ServedRows& first)
    : model_version_(first.model_version),
      column_count_(count_numbers(first.inputs)),
      capacity_(std::max(first.predictions.size(), kUsualBytes / sizeof(double) / (column_count_ + 1))),
      values_(std::make_unique_for_overwrite<double[]>(capacity_ * (column_count_ + 1))) {
  append(first);
}

bool ServedBlock::append(const ServedRows& rows) {
  const size_t count = rows.predictions.size();
  if (rows.model_version != model_version_ || count > capacity_ - row_count_) return false;
  double* to = values_.get() + row_count_;
  double* const end = to + column_count_ * capacity_;
  if (rows.inputs)
    for (const Column& column : rows.inputs->columns) {
      if (!is_number(column)) continue;
      if (to == end) return false;
      if (count == 1)  // as most requests have
        *to = column.numbers.front();
      else
        std::ranges::copy(column.numbers, to);
      to += capacity_;
    }
  if (to != end) return false;
  std::ranges::copy(rows.predictions, to);
  row_count_ += count;
  return true;
}

bool ServedBlock::append(const ServedBlock& later) {
  if (later.model_version_ != model_version_ || later.column_count_ != column_count_ ||
      later.row_count_ > capacity_ - row_count_)
    return false;
  for (size_t column = 0; column <= column_count_; ++column)
    std::ranges::copy(later.values_of(column), values_.get() + column * capacity_ + row_count_);
  row_count_ += later.row_count_;
  return true;
}

std::vector<std::span<const double>> ServedBlock::columns() const {
  std::vector<std::span<const double>> columns;
  columns.reserve(column_count_);
  for (size_t column = 0; column < column_count_; ++column) columns.push_back(values_of(column));
  return columns;
}

void append_to(std::vector<ServedBlock>& blocks, const ServedRows& rows) {
  if (blocks.empty() || !blocks.back().append(rows)) blocks.emplace_back(rows);
}

}  // namespace veleta
