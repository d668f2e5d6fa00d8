#pragma once

#include <optional>
#include <string>
#include <vector>

#include "column_encoder.hpp"

namespace veleta {

/// For each row of a category column, what `lookup` says of its label; `missing` where there is none. Each label of the
/// column is looked up at most once.
template <typename Value, typename Lookup>
std::vector<Value> by_label(const Column& column, Value missing, Lookup lookup) {
  std::vector<std::optional<Value>> value_of_code(column.dictionary.size());
  std::vector<Value> values(column.codes.size(), missing);
  for (size_t row = 0; row < values.size(); ++row) {
    const int32_t code = column.codes[row];
    if (code < 0) continue;
    auto& value = value_of_code[static_cast<size_t>(code)];
    if (!value) value = lookup(column.dictionary.label(code));
    values[row] = *value;
  }
  return values;
}

/// The levels of a column that are told apart, in the order of their labels. Missing may be a level like the others,
/// and comes last.
class Levels {
 public:
  static constexpr int32_t kOther = -1;

  /// `labels` in ascending order, each once.
  Levels(const std::vector<std::string>& labels, bool has_missing);

  size_t size() const { return dictionary_.size() + has_missing_; }
  const std::vector<std::string>& labels() const { return dictionary_.labels(); }
  bool has_missing() const { return has_missing_; }
  /// The level of each row, or kOther. "true", "True" and "TRUE" stand for each other where one of them is no level,
  /// and so do those of false.
  std::vector<int32_t> of_rows(const Column& column) const;

  void write_to(json::object& object) const;
  static Levels read_from(const json::object& object);

 private:
  int32_t level_of(const std::string& label) const;

  Dictionary dictionary_;
  bool has_missing_;
};

/// The levels that are frequent enough, and whether some rows are of none of them.
struct LevelChoice {
  Levels levels;
  bool has_others;
};
LevelChoice choose_levels(const Column& column, const TrainingRows& rows);

}  // namespace veleta
