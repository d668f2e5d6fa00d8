#include "clean_table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <set>

#include "base/text.hpp"

namespace veleta {

namespace {

std::string in_lower_case(std::string text) {
  for (char& character : text)
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  return text;
}

size_t longest_name_bytes(sql::Dialect dialect) {
  return dialect == sql::Dialect::kPostgres ? 63 : std::numeric_limits<size_t>::max();
}

/// As much of the beginning as fits, no character cut in two.
std::string fitted(const std::string& name, size_t max_bytes) {
  if (name.size() <= max_bytes) return name;
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

/// `name`, or the first of name_2, name_3, … that is not taken; it is taken then.
std::string take_free_name(const std::string& name, size_t max_bytes, std::set<std::string>& taken) {
  std::string candidate = fitted(name, max_bytes);
  for (int i = 2; !taken.insert(in_lower_case(candidate)).second; ++i) {
    const std::string number = fmt::format("_{}", i);
    candidate = fitted(name, max_bytes - number.size()) + number;
  }
  return candidate;
}

const char* sql_type(ColumnType type) { return type == ColumnType::kNumber ? "DOUBLE PRECISION" : "TEXT"; }

std::string column_definition(const std::string& name, const Field& field) {
  return fmt::format("{} {}", sql::quoted(name), sql_type(field.type));
}

}  // namespace

std::vector<std::string> CleanTable::column_names(sql::Dialect dialect) const {
  std::set<std::string> taken = {"batch_id", "row_number"};
  if (dialect == sql::Dialect::kPostgres) taken.insert({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"});
  std::vector<std::string> names;
  for (const auto& field : schema.fields) {
    std::string name = field.name;
    std::replace(name.begin(), name.end(), '\0', '_');
    names.push_back(take_free_name(name, longest_name_bytes(dialect), taken));
  }
  return names;
}

std::string free_table_name(sql::Connection& connection, const std::string& pipeline) {
  std::set<std::string> taken;
  auto tables = connection.query("SELECT clean_table FROM pipelines");
  while (tables.step()) taken.insert(tables.string(0));
  return take_free_name("clean_" + identifier(pipeline), longest_name_bytes(connection.dialect()), taken);
}

void create_table(sql::Connection& connection, const CleanTable& table) {
  std::string columns;
  const auto names = table.column_names(connection.dialect());
  for (size_t i = 0; i < names.size(); ++i) columns += ", " + column_definition(names[i], table.schema.fields[i]);
  connection.run_script(fmt::format(
      "CREATE TABLE {} (batch_id TEXT NOT NULL, row_number BIGINT NOT NULL{}, PRIMARY KEY (batch_id, row_number)){}",
      sql::quoted(table.name), columns, connection.dialect() == sql::Dialect::kSqlite ? " WITHOUT ROWID" : ""));
}

void add_columns(sql::Connection& connection, const CleanTable& table, size_t first_new) {
  const auto names = table.column_names(connection.dialect());
  for (size_t i = first_new; i < names.size(); ++i)
    connection.run_script(fmt::format("ALTER TABLE {} ADD COLUMN {}", sql::quoted(table.name),
                                      column_definition(names[i], table.schema.fields[i])));
}

}  // namespace veleta
