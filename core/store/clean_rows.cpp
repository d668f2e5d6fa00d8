#include "clean_rows.hpp"

#include <fmt/format.h>
#include <cmath>

#include "iso_text.hpp"

namespace veleta {

namespace {

void bind_time(sql::BulkInsert& insert, const Column& column, size_t row, IsoBuffer& buffer) {
  if (column.is_missing(row)) return insert.bind(nullptr);
  const std::string_view text = write_iso(column.numbers[row], buffer);
  if (text.empty())
    throw Error(ErrorCode::kBadData,
                fmt::format("column '{}', row {}: expected a time of the years 0 to 9999, found {} seconds since 1970",
                            column.name, row, column.numbers[row]));
  insert.bind(text);
}

void bind_cell(sql::BulkInsert& insert, const Column& column, size_t row, IsoBuffer& buffer) {
  switch (column.type) {
    case ColumnType::kNumber: return insert.bind(column.numbers[row]);
    case ColumnType::kTime: return bind_time(insert, column, row, buffer);
    case ColumnType::kCategory:
      return column.codes[row] < 0 ? insert.bind(nullptr) : insert.bind(std::string_view(column.label(row)));
  }
}

void append_cell(const sql::Statement& select, int index, Column& column) {
  if (column.type == ColumnType::kNumber) return column.append_number(select.number(index));
  if (select.is_null(index)) return column.append_missing();
  const std::string_view text = select.text(index);
  if (column.type == ColumnType::kCategory) return column.append_label(text);
  const double seconds = read_iso(text);
  if (std::isnan(seconds))
    throw Error(ErrorCode::kBadData, fmt::format("column '{}' holds '{}', which is no time", column.name, text));
  column.append_number(seconds);
}

}  // namespace

void insert_rows(sql::Connection& connection, const CleanTable& table, const std::string& batch_id, const Table& rows) {
  std::vector<std::string> columns = table.column_names(connection.dialect());
  columns.insert(columns.begin(), {"batch_id", "row_number"});
  sql::BulkInsert insert = connection.insert_into(table.name, columns);
  // A bound time must keep its place until the row is in.
  std::vector<IsoBuffer> times(rows.columns.size());
  for (size_t row = 0; row < rows.row_count(); ++row) {
    insert.bind(batch_id);
    insert.bind(static_cast<int64_t>(row));
    for (size_t i = 0; i < rows.columns.size(); ++i) bind_cell(insert, rows.columns[i], row, times[i]);
    insert.end_row();
  }
  insert.finish();
}

void append_rows(sql::Connection& connection, const CleanTable& table, const std::string& batch_id, Table& rows) {
  std::string columns;
  for (const auto& name : table.column_names(connection.dialect())) columns += ", " + sql::quoted(name);
  auto select = connection.stream(fmt::format("SELECT row_number{} FROM {} WHERE batch_id = ? ORDER BY row_number",
                                              columns, sql::quoted(table.name)),
                                  batch_id);
  const int column_count = static_cast<int>(rows.columns.size());
  while (select.step())
    for (int i = 0; i < column_count; ++i) append_cell(select, i + 1, rows.columns[static_cast<size_t>(i)]);
}

}  // namespace veleta
