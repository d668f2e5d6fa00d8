#include "clean_table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace veleta {

namespace {

std::string in_lower_case(std::string text) {
  for (char& character : text)
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  return text;
}

/// `name`, or the first of name_2, name_3, … that is not taken; it is taken then.
std::string take_free_name(const std::string& name, std::set<std::string>& taken) {
  std::string candidate = name;
  for (int i = 2; !taken.insert(in_lower_case(candidate)).second; ++i) candidate = fmt::format("{}_{}", name, i);
  return candidate;
}

const char* sql_type(ColumnType type) { return type == ColumnType::kNumber ? "DOUBLE PRECISION" : "TEXT"; }

std::string column_definition(const std::string& name, const Field& field) {
  return fmt::format("{} {}", sqlite::quoted(name), sql_type(field.type));
}

}  // namespace

std::vector<std::string> CleanTable::column_names() const {
  std::set<std::string> taken = {"batch_id", "row_number"};
  std::vector<std::string> names;
  for (const auto& field : schema.fields) {
    std::string name = field.name;
    std::replace(name.begin(), name.end(), '\0', '_');
    names.push_back(take_free_name(name, taken));
  }
  return names;
}

std::string free_table_name(sqlite::Connection& connection, const std::string& pipeline) {
  std::set<std::string> taken;
  auto tables = connection.query("SELECT clean_table FROM pipelines");
  while (tables.step()) taken.insert(tables.string(0));
  return take_free_name("clean_" + identifier(pipeline), taken);
}

void create_table(sqlite::Connection& connection, const CleanTable& table) {
  std::string columns;
  const auto names = table.column_names();
  for (size_t i = 0; i < names.size(); ++i) columns += ", " + column_definition(names[i], table.schema.fields[i]);
  connection.run_script(
      fmt::format("CREATE TABLE {} (batch_id TEXT NOT NULL, row_number BIGINT NOT NULL{},"
                  " PRIMARY KEY (batch_id, row_number)) WITHOUT ROWID",
                  sqlite::quoted(table.name), columns));
}

void add_columns(sqlite::Connection& connection, const CleanTable& table, size_t first_new) {
  const auto names = table.column_names();
  for (size_t i = first_new; i < names.size(); ++i)
    connection.run_script(fmt::format("ALTER TABLE {} ADD COLUMN {}", sqlite::quoted(table.name),
                                      column_definition(names[i], table.schema.fields[i])));
}

}  // namespace veleta
