#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "column_builder.hpp"
#include "data/reader.hpp"

namespace veleta {

/// Builds a table row by row, by the schema if there is one and else by the rules, and keeps the report.
class TableBuilder {
 public:
  static constexpr size_t kLeftOut = static_cast<size_t>(-1);  ///< the slot of a column that the table does not take

  explicit TableBuilder(const ReadOptions& options);

  /// Where the cells of the named column go. When inferring, a new name makes a new column, missing in all rows before.
  size_t slot(std::string_view name);
  ColumnBuilder& column(size_t slot) { return columns_[slot]; }
  size_t column_count() const { return columns_.size(); }
  /// Whether the current row has a cell in the column already.
  bool is_filled(size_t slot) const { return columns_[slot].size() > row_count_; }

  /// Ends a row: columns that got no cell are missing in it.
  void finish_row();
  /// Ends `count` rows that were added column by column.
  void finish_rows(size_t count);
  size_t row_count() const { return row_count_; }

  ReadResult finish(bool truncated_last_line = false) &&;

 private:
  std::optional<ColumnType> ruled_type(const std::string& name) const;
  size_t add_column(const std::string& name);
  size_t new_slot(const std::string& name);

  const ReadOptions& options_;
  std::vector<ColumnBuilder> columns_;
  std::vector<bool> seen_;
  std::map<std::string, size_t, std::less<>> slots_;  ///< of every name met so far
  std::vector<std::string> unexpected_;
  std::vector<std::string> ignored_;
  size_t row_count_ = 0;
};

}  // namespace veleta
