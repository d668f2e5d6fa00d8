#pragma once

#include <string>

#include "clean_table.hpp"
#include "data/table.hpp"

namespace veleta {

/// Inserts the rows of a batch, numbered from 0. The columns of `rows` are those of the table's schema. Throws kBadData
/// where a time is not of the years 0 to 9999.
void insert_rows(sql::Connection& connection, const CleanTable& table, const std::string& batch_id, const Table& rows);

/// Appends a batch's rows to `rows`, whose columns are those of the table's schema, in the order of their numbers.
void append_rows(sql::Connection& connection, const CleanTable& table, const std::string& batch_id, Table& rows);

}  // namespace veleta
