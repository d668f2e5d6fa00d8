#include "prediction_input.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <initializer_list>

#include "base/json_pointer.hpp"
#include "base/text.hpp"
#include "http_problem.hpp"
#include "json_text.hpp"

namespace veleta {

namespace {

/// A reply tells no more places than this, and nothing looks for many more.
constexpr size_t kMaxFields = 20;

bool is_enough(const std::vector<FieldProblem>& fields) { return fields.size() > kMaxFields; }

std::string unescape_token(std::string_view token) {
  std::string name;
  for (size_t at = 0; at < token.size(); ++at)
    if (token[at] == '~' && at + 1 < token.size())
      name += token[++at] == '1' ? '/' : '~';
    else
      name += token[at];
  return name;
}

[[noreturn]] void refuse(std::vector<FieldProblem> fields) {
  const size_t count = fields.size();
  const bool are_more = is_enough(fields);
  if (are_more) fields.resize(kMaxFields);
  std::string detail = fields.front().pointer.empty()
                           ? fields.front().detail
                           : fmt::format("{}: {}", fields.front().pointer, fields.front().detail);
  if (are_more)
    detail += fmt::format(" (more than {} problems)", kMaxFields);
  else if (count > 1)
    detail += fmt::format(" ({} problems in all)", count);
  throw HttpProblem(422, detail, std::move(fields));
}

FieldProblem mismatch(std::string pointer, const std::string& expected, const std::string& found) {
  return {std::move(pointer), fmt::format("Expected {}, found {}.", expected, found), expected, found};
}

/// Columns that training ignored may come along.
bool is_known(const std::string& column, const InputContract& contract) {
  const auto& ignored = contract.rules.ignore;
  return contract.schema.find(column) || std::find(ignored.begin(), ignored.end(), column) != ignored.end();
}

FieldProblem unknown_column(std::string pointer, const std::string& name, const InputContract& contract) {
  if (name == contract.target_column)
    return {std::move(pointer), "This column is what the model predicts: leave it out.", "an input column",
            "the target column"};
  const std::string hint = did_you_mean(name, contract.schema.names());
  return {std::move(pointer), "The model has no such input column; GET /model lists them." + hint, "an input column",
          "an unknown column"};
}

/// How a body says its rows, and so where a cell of them stands in it.
enum class Form { kRow, kRows, kColumns };

struct Body {
  Form form = Form::kRow;
  json::array rows;
  std::vector<std::string> columns;  ///< of kColumns
};

std::string row_pointer(const Body& body, std::string_view row) {
  if (body.form == Form::kRow) return "";
  return fmt::format("{}/{}", body.form == Form::kRows ? "/rows" : "/data", row);
}

/// A problem that the reader found at "/row" or "/row/column", as the client sees its body.
FieldProblem field_problem(const RowProblem& problem, const Body& body, const InputContract& contract) {
  const std::string_view place = std::string_view(problem.pointer).substr(1);
  const size_t slash = place.find('/');
  const std::string row = row_pointer(body, place.substr(0, slash));
  if (slash == std::string_view::npos) return mismatch(row, problem.expected, problem.found);

  const std::string column = unescape_token(place.substr(slash + 1));
  const auto at = std::find(body.columns.begin(), body.columns.end(), column);
  std::string pointer =
      row + '/' + (at == body.columns.end() ? pointer_token(column) : std::to_string(at - body.columns.begin()));
  if (!is_known(column, contract)) return unknown_column(std::move(pointer), column, contract);
  // The reader quotes a text that is no date; a reply tells no values.
  const bool is_quoted = problem.found.starts_with('"');
  return mismatch(std::move(pointer), problem.expected, is_quoted ? "another string" : problem.found);
}

json::value parse_body(const std::string& body) {
  try {
    return parse_json(body, "The body");
  } catch (const Error& error) {
    throw HttpProblem(400, std::string(error.what()) + ".");
  }
}

void refuse_other_members(const json::object& object, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object)
    if (std::find(known.begin(), known.end(), std::string_view(key)) == known.end())
      refuse({{"/" + pointer_token(key), fmt::format("Nothing may stand beside '{}'.", *known.begin()), "", ""}});
}

std::vector<std::string> read_columns(const json::value& names, const InputContract& contract) {
  if (!names.is_array()) refuse({mismatch("/columns", "a list of column names", type_name(names))});
  std::vector<std::string> columns;
  std::vector<FieldProblem> problems;
  for (const auto& item : names.get_array()) {
    if (is_enough(problems)) break;
    std::string pointer = fmt::format("/columns/{}", columns.size());
    columns.push_back(item.is_string() ? std::string(item.get_string()) : std::string());
    if (!item.is_string())
      problems.push_back(mismatch(std::move(pointer), "a column name", type_name(item)));
    else if (std::find(columns.begin(), columns.end() - 1, columns.back()) != columns.end() - 1)
      problems.push_back({std::move(pointer), "This column is named twice.", "each column once", "a second one"});
    else if (!is_known(columns.back(), contract))
      problems.push_back(unknown_column(std::move(pointer), columns.back(), contract));
  }
  if (!problems.empty()) refuse(std::move(problems));
  return columns;
}

json::array objects_of_lists(json::array& lists, const std::vector<std::string>& columns) {
  json::array rows;
  rows.reserve(lists.size());
  std::vector<FieldProblem> problems;
  for (size_t row = 0; row < lists.size(); ++row) {
    auto* cells = lists[row].if_array();
    if (!cells || cells->size() != columns.size()) {
      if (is_enough(problems)) break;
      const std::string what = fmt::format("a list of {} values, one a column", columns.size());
      const std::string found = cells ? fmt::format("a list of {}", cells->size()) : type_name(lists[row]);
      problems.push_back(mismatch(fmt::format("/data/{}", row), what, found));
      continue;
    }
    json::object object;
    for (size_t column = 0; column < columns.size(); ++column) object[columns[column]] = std::move((*cells)[column]);
    rows.push_back(std::move(object));
  }
  if (!problems.empty()) refuse(std::move(problems));
  return rows;
}

json::array& array_at(json::object& object, const char* key, const InputContract& contract) {
  json::value& value = object[key];
  if (!value.is_array()) refuse({mismatch(std::string("/") + key, "a list of rows", type_name(value))});
  json::array& rows = value.get_array();
  if (rows.empty())
    refuse({{std::string("/") + key, "There is no row to predict.", "at least one row", "an empty list"}});
  if (rows.size() > contract.max_rows)
    throw HttpProblem(413,
                      fmt::format("The body has {} rows; one request may have {}.", rows.size(), contract.max_rows));
  return rows;
}

/// A member with a form's name means that form, unless the model has a column of this name: a cell is never an array.
bool says(const json::object& object, const char* member, const InputContract& contract) {
  const json::value* value = object.if_contains(member);
  return value && (value->is_array() || !contract.schema.find(member));
}

Body read_body(json::value document, const InputContract& contract) {
  auto* object = document.if_object();
  if (!object)
    refuse({mismatch("", R"(one row as an object, {"rows": [...]} or {"columns": [...], "data": [...]})",
                     type_name(document))});
  if (says(*object, "rows", contract)) {
    refuse_other_members(*object, {"rows"});
    return {Form::kRows, std::move(array_at(*object, "rows", contract)), {}};
  }
  if (says(*object, "columns", contract) || says(*object, "data", contract)) {
    refuse_other_members(*object, {"columns", "data"});
    Body body{Form::kColumns, {}, read_columns((*object)["columns"], contract)};
    body.rows = objects_of_lists(array_at(*object, "data", contract), body.columns);
    return body;
  }
  return {Form::kRow, {std::move(document)}, {}};
}

}  // namespace

PredictionInput read_prediction_input(const std::string& text, const InputContract& contract) {
  Body body = read_body(parse_body(text), contract);
  std::vector<RowProblem> problems;
  Table table = table_from_json_rows(body.rows, contract.schema, contract.rules, "", problems);
  if (!problems.empty()) {
    std::vector<FieldProblem> fields;
    for (auto problem = problems.begin(); problem != problems.end() && !is_enough(fields); ++problem)
      fields.push_back(field_problem(*problem, body, contract));
    refuse(std::move(fields));
  }
  return {body.form == Form::kRow, std::move(body.rows), std::move(table)};
}

}  // namespace veleta
