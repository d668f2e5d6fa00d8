#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"

namespace veleta {

/// A column's name and type, as the first batch had it and every later one is held to.
struct Field {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  bool operator==(const Field&) const = default;
};

/// The columns that batches are held to, in order.
struct Schema {
  std::vector<Field> fields;

  const Field* find(std::string_view name) const;
  std::vector<std::string> names() const;
  bool operator==(const Schema&) const = default;
};

json::value to_json(const Schema& schema);
/// Throws kBadData.
Schema schema_from_json(const json::value& value);
Schema schema_of(const Table& table);

/// What the pipeline's file says of columns, before any batch was seen.
struct ColumnRules {
  std::vector<std::string> numeric;
  std::vector<std::string> categorical;
  std::vector<std::string> date;
  std::vector<std::string> ignore;  ///< left out of the table
  std::vector<std::string> names;   ///< of rows that come as lists, and of CSV without a header
  bool fold_case = false;           ///< categories that differ in case alone are one
};

}  // namespace veleta
