#pragma once

#include <string>
#include <vector>

#include "data/schema.hpp"
#include "sql/sql.hpp"

namespace veleta {

/// A pipeline's table of CLEAN rows: batch_id, row_number, then one column for each field of the schema.
struct CleanTable {
  std::string name;
  Schema schema;

  /// The names of the fields' columns: a field's own name, unless it differs from an earlier column in case alone or
  /// takes the name of batch_id, row_number or a column that PostgreSQL has in every table; then a number follows it
  /// ("batch_id_2"). U+0000 becomes "_"; PostgreSQL has the first 63 bytes alone.
  std::vector<std::string> column_names(sql::Dialect dialect) const;
};

/// A table's name for `pipeline`, "clean_realty"; numbered where another pipeline took it.
std::string free_table_name(sql::Connection& connection, const std::string& pipeline);

void create_table(sql::Connection& connection, const CleanTable& table);
/// Adds the columns of the schema's fields from number `first_new` on.
void add_columns(sql::Connection& connection, const CleanTable& table, size_t first_new);

}  // namespace veleta
