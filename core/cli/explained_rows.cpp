#include "explained_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

#include "base/text.hpp"
#include "data/csv_lines.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

void set_explainer(BundleParts& parts, const std::string& name, const PipelineConfig& config) {
  parts.explainer_params = config.explain && config.explain->name == name ? config.explain->params : ParamValues{};
  parts.explainer = name;
}

/// The columns of the file that neither the model nor the pipeline knows.
void refuse_unknown(const std::string& path, const ReadReport& report, const BundleParts& parts) {
  for (const std::string& name : report.unexpected_columns)
    if (name != parts.target.column)
      throw Error(ErrorCode::kBadData, fmt::format("{}, line 1, column '{}': the model has no such input column.{}",
                                                   path, name, did_you_mean(name, parts.input_schema.names())));
}

/// Of the cells that are not of their column's type, the first in the file.
void refuse_retyped(const std::string& path, const ReadResult& read, const ReadOptions& options) {
  const auto& retyped = read.report.retyped;
  const auto first = std::ranges::min_element(retyped, {}, &ColumnIssues::retyped_row);
  if (first == retyped.end()) return;
  const auto bytes = gunzip_if_needed(open_file(path));
  throw Error(ErrorCode::kBadData,
              fmt::format("{}, line {}, column '{}': expected a {}, found '{}'", path,
                          csv_line_of_row(*bytes, options, first->retyped_row), first->name,
                          to_string(read.schema.find(first->name)->type), clipped(first->retyped_example, 60)));
}

}  // namespace

Production open_production(const PipelineConfig& config, const std::string& explainer, Invocation& invocation) {
  if (!explainer.empty()) invocation.plugins().describe(PluginKind::kExplainer, explainer);
  const auto registry = registry_exists(config.registry_uri) ? open_registry(config.registry_uri) : nullptr;
  const auto version = registry ? registry->version_by_alias(config.pipeline.name, kProductionAlias) : std::nullopt;
  if (!version)
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no production model yet: `veleta run` trains one",
                                                  config.pipeline.name));
  BundleParts parts = parts_from_files(registry->version_files(*version, kBundleFolder));
  if (!explainer.empty()) set_explainer(parts, explainer, config);
  Production production{*version, Bundle::open(std::move(parts), invocation.plugins())};
  if (!explainer.empty() && production.bundle->explainer() != explainer)
    throw Error(ErrorCode::kUnsupported, fmt::format("explainer '{}' cannot read the model of learner '{}'", explainer,
                                                     production.bundle->parts().learner));
  return production;
}

Table rows_of_json(const std::string& text, const BundleParts& parts) {
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

Table rows_of_csv(const std::string& path, const BundleParts& parts) {
  const ReadOptions options{parts.rules, parts.input_schema, ""};
  const auto bytes = gunzip_if_needed(open_file(path));
  ReadResult read = [&] {
    try {
      return read_csv(*bytes, options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kBadData) throw;
      throw Error(ErrorCode::kBadData, fmt::format("{}: {}", path, error.what()));
    }
  }();
  refuse_unknown(path, read.report, parts);
  refuse_retyped(path, read, options);
  if (read.report.truncated_last_line)
    throw Error(ErrorCode::kBadData, fmt::format("{}: the last line ends inside a row", path));
  if (read.table.row_count() == 0) throw Error(ErrorCode::kBadData, fmt::format("{} has no rows", path));
  return std::move(read.table);
}

ExplanationSet explain_rows(const Bundle& bundle, const Table& rows) {
  ProgressPrinter printer;
  const auto total = static_cast<double>(rows.row_count());
  const auto show = [&](size_t done) {
    if (was_interrupted()) throw Error(ErrorCode::kCancelled, "interrupted");
    const auto rows_done = static_cast<double>(done);
    printer.show({"explain", rows_done / total,
                  fmt::format("{} of {} rows", with_thousands(rows_done), with_thousands(total)), false});
  };
  ExplanationSet set = bundle.explain(rows, {std::max(1U, std::thread::hardware_concurrency()), show});
  printer.clear();
  return set;
}

}  // namespace veleta
