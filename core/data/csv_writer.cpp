#include "data/reader.hpp"

namespace veleta {

namespace {

void append_cell(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string to_csv(const Table& table) {
  std::string out;
  for (const auto& column : table.columns) {
    if (&column != &table.columns.front()) out += ',';
    append_cell(column.name, out);
  }
  out += "\n";
  for (size_t row = 0; row < table.row_count(); ++row) {
    for (const auto& column : table.columns) {
      if (&column != &table.columns.front()) out += ',';
      append_cell(column.text(row), out);
    }
    // A line of nothing would be no row.
    if (table.columns.size() == 1 && table.columns[0].is_missing(row)) out += "\"\"";
    out += "\n";
  }
  return out;
}

}  // namespace veleta
