#include "table_bytes.hpp"

#include <fmt/format.h>
#include <bit>
#include <cstring>

#include "base/json.hpp"

namespace veleta {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, as memory is copied into it");

namespace {

template <typename Value>
void append(std::string& bytes, const std::vector<Value>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

/// Takes values off the front of the bytes.
class Cursor {
 public:
  Cursor(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {}

  std::string_view line() {
    const size_t end = bytes_.find('\n');
    if (end == std::string_view::npos) fail("its heading has no end");
    const std::string_view found = bytes_.substr(0, end);
    bytes_.remove_prefix(end + 1);
    return found;
  }

  template <typename Value>
  std::vector<Value> values(size_t count) {
    if (count > bytes_.size() / sizeof(Value)) fail("it ends too early");
    std::vector<Value> found(count);
    if (count > 0) std::memcpy(found.data(), bytes_.data(), count * sizeof(Value));
    bytes_.remove_prefix(count * sizeof(Value));
    return found;
  }

  void expect_end() const {
    if (!bytes_.empty()) fail("it goes on after its end");
  }
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorCode::kBadData, fmt::format("{} is damaged: {}", what_, reason));
  }

 private:
  std::string_view bytes_;
  const std::string& what_;
};

/// The column without its values, and how many there are.
std::pair<Column, size_t> column_of(const json::value& heading) {
  Column column;
  column.name = json::value_to<std::string>(heading.at("name"));
  column.type = parse_column_type(heading.at("type").as_string()).value();
  for (const auto& label : heading.at("labels").as_array()) column.dictionary.code_of(label.as_string());
  return {std::move(column), heading.at("rows").to_number<size_t>()};
}

void check_codes(const Column& column, const Cursor& cursor) {
  for (const int32_t code : column.codes)
    if (code < -1 || code >= static_cast<int32_t>(column.dictionary.size()))
      cursor.fail(fmt::format("column '{}' has no label {}", column.name, code));
}

}  // namespace

std::string to_bytes(const Table& table) {
  std::string bytes;
  for (const auto& column : table.columns)
    bytes += json::serialize(json::object{{"name", column.name},
                                          {"type", to_string(column.type)},
                                          {"rows", column.size()},
                                          {"labels", json::value_from(column.dictionary.labels())}}) +
             "\n";
  bytes += "\n";
  for (const auto& column : table.columns)
    column.type == ColumnType::kCategory ? append(bytes, column.codes) : append(bytes, column.numbers);
  return bytes;
}

Table table_from_bytes(std::string_view bytes, const std::string& what) {
  Cursor cursor(bytes, what);
  Table table;
  std::vector<size_t> counts;
  for (auto line = cursor.line(); !line.empty(); line = cursor.line()) {
    try {
      auto [column, count] = column_of(parse_json(line, what));
      if (!counts.empty() && count != counts.front()) cursor.fail("its columns differ in length");
      table.columns.push_back(std::move(column));
      counts.push_back(count);
    } catch (const std::exception& error) {
      cursor.fail(fmt::format("a column's heading cannot be read: {}", error.what()));
    }
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    Column& column = table.columns[i];
    if (column.type == ColumnType::kCategory) {
      column.codes = cursor.values<int32_t>(counts[i]);
      check_codes(column, cursor);
    } else {
      column.numbers = cursor.values<double>(counts[i]);
    }
  }
  cursor.expect_end();
  return table;
}

}  // namespace veleta
