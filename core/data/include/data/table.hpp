#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "veleta/error.hpp"

namespace veleta {

enum class ColumnType {
  kNumber,    ///< float64
  kCategory,  ///< dictionary-coded text
  kTime,      ///< seconds since 1970-01-01 UTC
};

/// "number", "category", "time".
const char* to_string(ColumnType type);
std::optional<ColumnType> parse_column_type(std::string_view text);

/// The labels of a categorical column, each with its code: 0, 1, 2, … in order of first appearance.
class Dictionary {
 public:
  /// The code of `label`, which is added if it is new.
  int32_t code_of(std::string_view label);
  /// The code of `label`, or -1.
  int32_t find(std::string_view label) const;
  const std::string& label(int32_t code) const { return labels_[static_cast<size_t>(code)]; }
  const std::vector<std::string>& labels() const { return labels_; }
  size_t size() const { return labels_.size(); }

 private:
  /// A place of the open-addressing table: a label's code, and enough of the label to pass over others. In large
  /// dictionaries each look elsewhere is a cache miss, so that short labels, as most codes are, stand here whole.
  struct Slot {
    uint64_t head = 0;  ///< up to 7 bytes and their count; of a longer label its hash, with a count of 8
    uint32_t hash = 0;
    int32_t code = -1;
  };
  /// What the slot of `label` holds, apart from its code.
  static Slot key_of(std::string_view label);
  size_t place_of(std::string_view label, const Slot& key) const;
  void grow();

  std::vector<std::string> labels_;
  std::vector<Slot> slots_;  ///< a power of two, at most half of them taken
};

/// One column: numbers and times in `numbers` (missing: NaN), categories in `codes` (missing: -1).
struct Column {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  std::vector<double> numbers;
  std::vector<int32_t> codes;
  Dictionary dictionary;

  size_t size() const { return type == ColumnType::kCategory ? codes.size() : numbers.size(); }
  bool is_missing(size_t row) const {
    return type == ColumnType::kCategory ? codes[row] < 0 : numbers[row] != numbers[row];
  }
  size_t missing_count() const;
  /// The label of a present category.
  const std::string& label(size_t row) const { return dictionary.label(codes[row]); }
  /// The cell as text for people and hashes: a number in its shortest form ("601", "0.12"), a time in ISO 8601, a
  /// category's label, "" where it is missing.
  std::string text(size_t row) const;

  void append_number(double value) { numbers.push_back(value); }
  void append_label(std::string_view label) { codes.push_back(dictionary.code_of(label)); }
  void append_missing();
};

/// Columns of one length.
struct Table {
  std::vector<Column> columns;

  size_t row_count() const { return columns.empty() ? 0 : columns.front().size(); }
  /// Looks from column `begin` on, and then before it: quick where columns are asked for in the table's order.
  const Column* find(std::string_view name, size_t begin = 0) const;
  Column* find(std::string_view name);
  /// Throws kNotFound, naming the nearest column.
  const Column& at(std::string_view name) const;

  /// The rows at `rows`, in that order. Dictionaries are kept whole.
  Table select(std::span<const size_t> rows) const;
  /// Adds the rows of `other`, whose columns must be the same by name and type; throws kInvalidArgument otherwise.
  void append(const Table& other);
};

/// A number in its shortest form that reads back equal, as "601", "0.12", "1.5e-07": with an exponent only below
/// 0.00001 or from 1e16 on, and zero without a sign.
std::string format_number(double number);

/// The finite number that the whole text is; nothing where it is none, as "inf" or "12 m".
std::optional<double> parse_number(std::string_view text);

/// A 64-bit hash of each row's content: name and text of all cells that are not missing, columns taken in the order of
/// their names. Equal rows hash equally in every batch, on every machine, for ever, whether a cell is the number 601 or
/// the category "601", and whatever columns a table gains that the row lacks.
std::vector<uint64_t> row_hashes(const Table& table);

/// Where a hash falls in [0, 1).
double hash_fraction(uint64_t hash);

}  // namespace veleta
