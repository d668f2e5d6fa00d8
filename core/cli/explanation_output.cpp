#include "explanation_output.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "plots/plots.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

constexpr size_t kBarWidth = 30;
constexpr size_t kMostLabel_bytes = 60;

/// Without its sign.
std::string size_text(double number) {
  const double size = std::abs(number);
  return size >= 1000 ? with_thousands(size) : fmt::format("{:.4g}", size);
}

std::string number_text(double number) { return (number < 0 ? "−" : "") + size_text(number); }

std::string signed_text(double number) { return (number < 0 ? "−" : "+") + size_text(number); }

const TargetSpec& target_of(const ToldRows& rows) { return rows.production.bundle->parts().target; }

std::string unit_text(const ToldRows& rows) { return unit_of(rows.set.space, target_of(rows)); }

std::string cell_text(const ToldRows& rows, const std::string& column, size_t row) {
  const Column* cells = rows.table.find(column);
  return cells && !cells->is_missing(row) ? cells->text(row) : "missing";
}

/// "tree_shap (pattern tables, 5.4 MB)".
std::string explainer_text(const ExplanationSet& set) {
  return set.kernel.empty() ? set.explainer : fmt::format("{} ({})", set.explainer, set.kernel);
}

std::string folded_text(size_t columns) { return fmt::format("{} other column{}", columns, columns == 1 ? "" : "s"); }

std::string part_text(const Explanation& explanation, size_t column) {
  const std::string part = signed_text(explanation.attributions[column]);
  return explanation.standard_errors.empty()
             ? part
             : fmt::format("{} ± {}", part, size_text(explanation.standard_errors[column]));
}

void print_row(const ToldRows& rows, size_t row) {
  const auto& columns = rows.production.bundle->input_columns();
  const Explanation& explanation = rows.set.rows[row];
  const Strongest told = strongest(explanation.attributions, rows.top);
  double largest = std::max(std::abs(told.rest), 1e-300);
  for (const size_t column : told.columns) largest = std::max(largest, std::abs(explanation.attributions[column]));
  const auto drawn = [&](double attribution) { return bar(std::abs(attribution) / largest, kBarWidth); };
  TextTable table({"COLUMN", "VALUE", "PART", ""});
  table.add({"what the model expects of any row", "", number_text(explanation.base_value), ""});
  for (const size_t column : told.columns)
    table.add({columns[column], cell_text(rows, columns[column], row), part_text(explanation, column),
               drawn(explanation.attributions[column])});
  if (told.folded_columns > 0)
    table.add({folded_text(told.folded_columns), "", signed_text(told.rest), drawn(told.rest)});
  table.add({"prediction", "", number_text(explanation.prediction), ""});
  if (explanation.probability)
    table.add({"probability of " + target_of(rows).positive, "", number_text(*explanation.probability), ""});
  fmt::print("{}", table.text(terminal_width()));
}

void print_interactions(const ToldRows& rows, size_t row) {
  const json::object told =
      interactions_json(rows.interactions->rows[row], rows.production.bundle->input_columns(), rows.top);
  TextTable table({"PAIR", "TOGETHER", ""});
  double largest = 1e-300;
  for (const auto& pair : told.at("pairs").as_array())
    largest = std::max(largest, std::abs(pair.at("interaction").as_double()));
  for (const auto& pair : told.at("pairs").as_array()) {
    const double together = pair.at("interaction").as_double();
    table.add({fmt::format("{} × {}", pair.at("columns").at(0).as_string().c_str(),
                           pair.at("columns").at(1).as_string().c_str()),
               signed_text(together), bar(std::abs(together) / largest, kBarWidth)});
  }
  fmt::print("\n{}", table.text(terminal_width()));
  if (const auto* rest = told.if_contains("rest"))
    fmt::print("{} other pairs come to {}\n", rest->at("pairs").to_number<uint64_t>(),
               signed_text(rest->at("interaction").as_double()));
}

void write_row(JsonWriter& json, const ToldRows& rows, size_t row) {
  const Bundle& bundle = *rows.production.bundle;
  const Explanation& explanation = rows.set.rows[row];
  const auto write_raw = [&](JsonWriter& to, size_t column) {
    to.value(cell_value(rows.table, bundle.input_columns()[column], row));
  };
  json.begin_object().member("prediction", explanation.prediction);
  if (explanation.probability) json.member("probability", *explanation.probability);
  write_attributions(json, rows.set, row, bundle.parts().features, write_raw, rows.top);
  if (rows.interactions)
    json.member("interactions",
                json::value(interactions_json(rows.interactions->rows[row], bundle.input_columns(), rows.top)));
  json.end_object();
}

WaterfallBar bar_of(const json::object& bar, const std::string& label) {
  return {label, signed_text(bar.at("attribution").to_number<double>()), bar.at("from").as_double(),
          bar.at("to").as_double(), false};
}

}  // namespace

void print_tables(const ToldRows& rows) {
  for (size_t row = 0; row < rows.set.rows.size(); ++row) {
    if (rows.set.rows.size() > 1) fmt::print("{}row {}\n", row == 0 ? "" : "\n", row + 1);
    print_row(rows, row);
    if (rows.interactions) print_interactions(rows, row);
  }
  fmt::print("{} version {}; {} by {}, in {}\n", rows.production.version.model, rows.production.version.version,
             rows.set.method, explainer_text(rows.set), unit_text(rows));
}

std::string json_of(const ToldRows& rows) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.begin_object().member("version", rows.production.version.version).member("explainer", rows.set.explainer);
  if (!rows.set.kernel.empty()) json.member("kernel", rows.set.kernel);
  json.member("space", rows.set.space).member("method", rows.set.method).key("rows").begin_list();
  for (size_t row = 0; row < rows.set.rows.size(); ++row) write_row(json, rows, row);
  return json.end_list().end_object().take() + "\n";
}

std::string svg_of(const ToldRows& rows) {
  const json::object view = waterfall_view({*rows.production.bundle, rows.set, &rows.table}, 0, rows.top);
  const Explanation& explanation = rows.set.rows.front();
  const std::string unit = unit_text(rows);
  Waterfall waterfall;
  waterfall.title =
      fmt::format("Why {} is {}", explanation.probability ? unit + " of " + target_of(rows).positive : unit,
                  number_text(explanation.prediction));
  waterfall.subtitle = fmt::format("{} version {}; {} by {}", rows.production.version.model,
                                   rows.production.version.version, rows.set.method, explainer_text(rows.set));
  waterfall.x_title = unit;
  waterfall.base_value = explanation.base_value;
  waterfall.prediction = explanation.prediction;
  waterfall.base_text = "any row: " + number_text(explanation.base_value);
  waterfall.prediction_text = "this row: " + number_text(explanation.prediction);
  if (explanation.probability)
    waterfall.prediction_text +=
        fmt::format(", probability of {} {}", target_of(rows).positive, number_text(*explanation.probability));
  for (const auto& bar : view.at("bars").as_array()) {
    const std::string column(bar.at("column").as_string());
    waterfall.bars.push_back(
        bar_of(bar.as_object(), clipped(column + " = " + cell_text(rows, column, 0), kMostLabel_bytes)));
  }
  if (const auto* rest = view.if_contains("rest")) {
    waterfall.bars.push_back(bar_of(rest->as_object(), folded_text(rest->at("columns").to_number<size_t>())));
    waterfall.bars.back().is_folded = true;
  }
  return draw_waterfall(waterfall);
}

}  // namespace veleta
