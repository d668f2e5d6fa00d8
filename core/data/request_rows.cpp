#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/json_pointer.hpp"
#include "base/text.hpp"
#include "column_builder.hpp"

namespace veleta {

namespace {

/// Beyond so many, a request is not looked at further.
constexpr size_t kMaxProblems = 100;
/// Of an unknown column's name no more is told.
constexpr size_t kMaxNameBytes = 200;

const char* kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return std::isfinite(value.to_number<double>()) ? "a number" : "a number too large";
    case json::kind::string: return "a string";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
  }
  return "unknown";
}

const char* expected_of(ColumnType type) {
  switch (type) {
    case ColumnType::kNumber: return "a number";
    case ColumnType::kCategory: return "a string, a number or a boolean";
    case ColumnType::kTime: return "a date as a string, such as \"2019-06-28\"";
  }
  return "unknown";
}

class RequestReader {
 public:
  RequestReader(const Schema& schema, const ColumnRules& rules, std::vector<RowProblem>& problems)
      : schema_(schema), rules_(rules), problems_(problems) {
    columns_.reserve(schema.fields.size());
    for (const auto& field : schema.fields) columns_.emplace_back(field.name, field.type, rules.fold_case);
  }

  void add_row(const json::value& row, const std::string& pointer) {
    const auto* object = row.if_object();
    if (!object && has_room()) problems_.push_back({pointer, "an object", kind_of(row)});
    size_t known = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto* cell = object ? object->if_contains(columns_[i].name()) : nullptr;
      if (cell) ++known;
      if (!cell || cell->is_null() || !add_cell(*cell, i, pointer)) columns_[i].add_missing();
    }
    if (object && known < object->size()) find_unknown(*object, pointer);
  }

  Table finish() && {
    Table table;
    table.columns.reserve(columns_.size());
    for (auto& column : columns_) table.columns.push_back(std::move(column).finish());
    return table;
  }

 private:
  /// False where the cell is none that its column takes: a problem, and nothing added.
  bool add_cell(const json::value& cell, size_t index, const std::string& row_pointer) {
    const ColumnType type = schema_.fields[index].type;
    const bool fits = type == ColumnType::kNumber ? cell.is_number() && std::isfinite(cell.to_number<double>())
                      : type == ColumnType::kTime ? cell.is_string()
                                                  : !cell.is_object() && !cell.is_array();
    ColumnBuilder& column = columns_[index];
    const size_t misfits = column.issues().retyped_count;
    if (fits) add_fitting(cell, column);
    if (fits && column.issues().retyped_count == misfits) return true;
    if (!has_room()) return fits;
    problems_.push_back({row_pointer + "/" + pointer_token(column.name()), expected_of(type),
                         fits ? fmt::format("\"{}\"", std::string_view(cell.get_string())) : kind_of(cell)});
    return fits;
  }

  bool has_room() const { return problems_.size() < kMaxProblems; }

  static void add_fitting(const json::value& cell, ColumnBuilder& column) {
    if (const auto* text = cell.if_string())
      column.add_text(*text);
    else if (const auto* flag = cell.if_bool())
      column.add_boolean(*flag);
    else if (const auto* whole = cell.if_int64())
      column.add_number(static_cast<double>(*whole), fmt::to_string(*whole));
    else if (const auto* large = cell.if_uint64())
      column.add_number(static_cast<double>(*large), fmt::to_string(*large));
    else
      column.add_number(cell.get_double());
  }

  void find_unknown(const json::object& row, const std::string& pointer) {
    for (const auto& member : row) {
      if (!has_room()) return;
      if (schema_.find(member.key()) || std::ranges::find(rules_.ignore, member.key()) != rules_.ignore.end()) continue;
      const std::string name = clipped(member.key(), kMaxNameBytes);
      problems_.push_back({pointer + "/" + pointer_token(name), "a known column." + did_you_mean(name, schema_.names()),
                           "'" + name + "'"});
    }
  }

  const Schema& schema_;
  const ColumnRules& rules_;
  std::vector<RowProblem>& problems_;
  std::vector<ColumnBuilder> columns_;
};

}  // namespace

Table table_from_json_rows(const json::array& rows, const Schema& schema, const ColumnRules& rules,
                           const std::string& pointer, std::vector<RowProblem>& problems) {
  RequestReader reader(schema, rules, problems);
  for (size_t i = 0; i < rows.size(); ++i) reader.add_row(rows[i], fmt::format("{}/{}", pointer, i));
  return std::move(reader).finish();
}

}  // namespace veleta
