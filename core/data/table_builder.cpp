#include "table_builder.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "cells.hpp"

namespace veleta {

namespace {

/// A document with more names than this is broken or hostile: each one costs a cell in every row.
constexpr size_t kMostColumns = 4096;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

TableBuilder::TableBuilder(const ReadOptions& options) : options_(options) {
  if (!options.schema) return;
  for (const auto& field : options.schema->fields) {
    columns_.emplace_back(field.name, field.type, options.rules.fold_case);
    seen_.push_back(false);
  }
}

std::optional<ColumnType> TableBuilder::ruled_type(const std::string& name) const {
  if (contains(options_.rules.numeric, name)) return ColumnType::kNumber;
  if (contains(options_.rules.categorical, name)) return ColumnType::kCategory;
  if (contains(options_.rules.date, name)) return ColumnType::kTime;
  return std::nullopt;
}

size_t TableBuilder::slot(std::string_view name) {
  const auto known = slots_.find(name);
  if (known != slots_.end()) return known->second;
  if (slots_.size() >= kMostColumns)
    throw Error(ErrorCode::kBadData, fmt::format("the rows have more than {} columns", kMostColumns));
  if (!is_utf8(name)) throw Error(ErrorCode::kBadData, "a column's name is not UTF-8");
  return slots_[std::string(name)] = new_slot(std::string(name));
}

size_t TableBuilder::new_slot(const std::string& name) {
  if (options_.schema) {
    for (size_t slot = 0; slot < columns_.size(); ++slot)
      if (columns_[slot].name() == name) {
        seen_[slot] = true;
        return slot;
      }
    (contains(options_.rules.ignore, name) ? ignored_ : unexpected_).push_back(name);
    return kLeftOut;
  }
  if (!contains(options_.rules.ignore, name)) return add_column(name);
  ignored_.push_back(name);
  return kLeftOut;
}

size_t TableBuilder::add_column(const std::string& name) {
  ColumnBuilder& column = columns_.emplace_back(name, ruled_type(name), options_.rules.fold_case);
  for (size_t row = 0; row < row_count_; ++row) column.add_missing();
  seen_.push_back(true);
  return columns_.size() - 1;
}

void TableBuilder::finish_row() { finish_rows(1); }

void TableBuilder::finish_rows(size_t count) {
  row_count_ += count;
  for (auto& column : columns_)
    while (column.size() < row_count_) column.add_missing();
}

ReadResult TableBuilder::finish(bool truncated_last_line) && {
  ReadResult result;
  result.report.unexpected_columns = std::move(unexpected_);
  result.report.ignored_columns = std::move(ignored_);
  result.report.truncated_last_line = truncated_last_line;
  for (size_t slot = 0; slot < columns_.size(); ++slot) {
    if (!seen_[slot] && !slots_.empty()) result.report.missing_columns.push_back(columns_[slot].name());
    if (columns_[slot].issues().retyped_count > 0) result.report.retyped.push_back(columns_[slot].issues());
    result.table.columns.push_back(std::move(columns_[slot]).finish());
  }
  result.schema = options_.schema ? *options_.schema : schema_of(result.table);
  return result;
}

}  // namespace veleta
