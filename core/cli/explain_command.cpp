#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "commands.hpp"
#include "data/reader.hpp"
#include "model/bundle.hpp"
#include "registry/registry.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

struct Production {
  ModelVersion version;
  std::shared_ptr<const Bundle> bundle;
};

Production open_production(const PipelineConfig& config, Invocation& invocation) {
  const auto registry = registry_exists(config.registry_uri) ? open_registry(config.registry_uri) : nullptr;
  const auto version = registry ? registry->version_by_alias(config.pipeline.name, kProductionAlias) : std::nullopt;
  if (!version)
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no production model yet: `veleta run` trains one",
                                                  config.pipeline.name));
  const BundleFiles files = registry->version_files(*version, kBundleFolder);
  return {*version, Bundle::open(parts_from_files(files), invocation.plugins())};
}

Table parse_row(const std::string& text, const BundleParts& parts) {
  const json::value parsed = parse_json(text, "--row");
  std::vector<RowProblem> problems;
  const json::array rows = parsed.is_array() ? parsed.get_array() : json::array{parsed};
  Table table = table_from_json_rows(rows, parts.input_schema, parts.rules, "", problems);
  std::vector<std::string> told;
  for (const auto& problem : problems)
    told.push_back(fmt::format("{}: found {}, expected {}", problem.pointer, problem.found, problem.expected));
  if (!told.empty())
    throw Error(ErrorCode::kInvalidArgument, "--row does not fit the model's columns: " + join(told, "; "));
  return table;
}

std::string number_text(double number) {
  return std::abs(number) >= 1000 ? with_thousands(number) : fmt::format("{:.4g}", number);
}

std::string signed_text(double number) { return (number < 0 ? "−" : "+") + number_text(std::abs(number)); }

/// What an explanation's numbers count.
std::string unit_of(const ExplanationSet& set, const TargetSpec& target) {
  if (set.space == "target") return target.column;
  return set.space == "log_odds" ? "log odds" : set.space;
}

/// A waterfall's lines: the columns by weight, each with its value, its part and a bar.
void print_explanation(const Production& production, const Table& rows, size_t row, const ExplanationSet& set) {
  static constexpr size_t kBarWidth = 30;
  const auto& columns = production.bundle->input_columns();
  const Explanation& explanation = set.rows[row];
  std::vector<size_t> order(columns.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto weight = [&](size_t i) { return std::abs(explanation.attributions[i]); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return weight(a) > weight(b); });
  const double largest = std::max(weight(order.front()), 1e-300);

  TextTable table({"COLUMN", "VALUE", "PART", ""});
  table.add({"what the model expects of any row", "", number_text(explanation.base_value), ""});
  for (const size_t i : order) {
    const Column* column = rows.find(columns[i]);
    const std::string value = column && !column->is_missing(row) ? column->text(row) : "missing";
    table.add({columns[i], value, signed_text(explanation.attributions[i]), bar(weight(i) / largest, kBarWidth)});
  }
  const TargetSpec& target = production.bundle->parts().target;
  table.add({"prediction", "", number_text(explanation.prediction), ""});
  if (explanation.probability)
    table.add({"probability of " + target.positive, "", number_text(*explanation.probability), ""});
  fmt::print("{}", table.text(terminal_width()));
  fmt::print("{} version {}; {} by {}, in {}\n", production.version.model, production.version.version, set.method,
             set.explainer, unit_of(set, target));
}

json::value explanation_json(const Production& production, const ExplanationSet& set,
                             const std::vector<double>& predictions) {
  json::array rows;
  for (size_t row = 0; row < set.rows.size(); ++row) {
    json::object attributions;
    for (size_t i = 0; i < set.rows[row].attributions.size(); ++i)
      attributions[production.bundle->input_columns()[i]] = set.rows[row].attributions[i];
    rows.push_back(
        {{"prediction", predictions[row]}, {"base_value", set.rows[row].base_value}, {"attributions", attributions}});
  }
  return {{"version", production.version.version},
          {"explainer", set.explainer},
          {"space", set.space},
          {"method", set.method},
          {"rows", rows}};
}

void explain(const std::string& file, const std::string& row, bool as_json, Invocation& invocation) {
  const PipelineConfig config = load_config(file, invocation.plugins(), ConfigScope::kAllButSourceAndDrift);
  const Production production = open_production(config, invocation);
  const Table rows = parse_row(row, production.bundle->parts());
  const ExplanationSet set = production.bundle->explain(rows);
  if (as_json) {
    fmt::print("{}", pretty_json(explanation_json(production, set, production.bundle->predict(rows))));
    return;
  }
  for (size_t i = 0; i < set.rows.size(); ++i) print_explanation(production, rows, i, set);
}

}  // namespace

void add_explain_command(CLI::App& app, Invocation& invocation) {
  auto file = std::make_shared<std::string>();
  auto row = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("explain", "Predict rows with the production model, and say why");
  command->add_option("CONFIG", *file, "The pipeline's file")->required();
  command->add_option("--row", *row, "A row as a JSON object, or an array of them")->required();
  command->add_flag("--json", *as_json, "Print JSON");
  command->callback([&invocation, file, row, as_json] { explain(*file, *row, *as_json, invocation); });
}

}  // namespace veleta
