#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/reader.hpp"
#include "data/table.hpp"

namespace veleta {

/// Builds one column, cell by cell. Its type is given, or found in one pass: a number as long as all present cells are
/// numbers, a time as long as all are ISO dates, a category from the first cell on that is neither.
class ColumnBuilder {
 public:
  /// `type` absent: infer it.
  ColumnBuilder(std::string name, std::optional<ColumnType> type, bool fold_case);

  void add_missing() { column_.append_missing(); }
  /// A text as people write cells: a number, a time, a label or one of the texts that mean missing.
  void add_text(std::string_view text);
  /// A number; as a category, its label is made of format_number.
  void add_number(double value);
  /// A whole number that a double may not hold exactly; as a category, its label is made of `digits`.
  void add_number(double value, std::string_view digits);
  /// Seconds since 1970-01-01 UTC.
  void add_time(double seconds);
  void add_boolean(bool value);
  /// A cell that fits no type: missing, and told.
  void add_misfit(std::string_view example);

  const std::string& name() const { return column_.name; }
  size_t size() const { return column_.size(); }
  const ColumnIssues& issues() const { return issues_; }
  Column finish() && { return std::move(column_); }

 private:
  bool is(ColumnType type) const { return !undecided_ && column_.type == type; }
  bool may_be(ColumnType type) const { return undecided_ || column_.type == type; }
  void settle(ColumnType type);
  void accept(ColumnType type, double value, std::string_view spelling, bool is_plain);
  void add_label(std::string_view label);
  void add_other(std::string_view text);
  void become_category();

  Column column_;
  ColumnIssues issues_;
  bool fold_case_;
  bool inferred_;
  bool undecided_;
  std::string scratch_;
  /// While inferring: cells whose text as a label differs from their number printed, kept in case the column turns out
  /// to be a category. Thus a label never depends on which cells came before it.
  std::vector<std::pair<size_t, std::string>> odd_spellings_;
};

}  // namespace veleta
