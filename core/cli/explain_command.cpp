#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/files.hpp"
#include "base/text.hpp"
#include "explanation_output.hpp"

namespace veleta {

namespace {

struct ExplainArguments {
  std::string config;
  std::string row, file;
  std::string explainer;
  std::string svg;
  std::vector<std::string> global;  ///< a view and, of dependence, a column
  size_t top = kAllColumns;
  bool as_json = false, interactions = false;
};

/// A matrix of pairs a row.
constexpr size_t kMaxInteractionRows = 1000;

void check_view(const std::vector<std::string>& global) {
  const bool is_one_word = global.size() == 1 && (global[0] == "bar" || global[0] == "beeswarm");
  if (!is_one_word && !(global.size() == 2 && global[0] == "dependence"))
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("--global: expected bar, beeswarm, or dependence and a column; found '{}'", join(global, " ")));
}

json::object view_of(const ExplainArguments& arguments, const ExplainedRows& rows) {
  const std::string& view = arguments.global.front();
  const size_t top = arguments.top == kAllColumns ? kDefaultViewColumns : arguments.top;
  return view == "bar"        ? bar_view(rows, top)
         : view == "beeswarm" ? beeswarm_view(rows, top)
                              : dependence_view(rows, arguments.global.back());
}

void print_view(const ExplainArguments& arguments, const Production& production) {
  const Bundle& bundle = *production.bundle;
  json::object view;
  if (arguments.file.empty()) {
    view = view_of(arguments, {bundle, bundle.explained_background(), nullptr, &bundle.background_interactions()});
  } else {
    const Table table = rows_of_csv(arguments.file, bundle.parts());
    const ExplanationSet set = explain_rows(bundle, table);
    view = view_of(arguments, {bundle, set, &table, &bundle.background_interactions()});
  }
  view["version"] = production.version.version;
  fmt::print("{}", pretty_json(view));
}

void print_rows(const ExplainArguments& arguments, const Production& production) {
  const Bundle& bundle = *production.bundle;
  const Table table = arguments.file.empty() ? rows_of_json(arguments.row, bundle.parts())
                                             : rows_of_csv(arguments.file, bundle.parts());
  if (!arguments.svg.empty() && table.row_count() != 1)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("--svg draws one row; there are {}", table.row_count()));
  if (arguments.interactions && table.row_count() > kMaxInteractionRows)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("--interactions tells of {} rows at most; there are {}",
                                                         kMaxInteractionRows, table.row_count()));
  const ExplanationSet set = explain_rows(bundle, table);
  InteractionSet interactions;
  if (arguments.interactions) interactions = bundle.interactions(set);
  const ToldRows rows{production, table, set, arguments.interactions ? &interactions : nullptr, arguments.top};
  if (!arguments.svg.empty()) write_file_atomically(arguments.svg, svg_of(rows));
  if (arguments.as_json)
    fmt::print("{}", json_of(rows));
  else
    print_tables(rows);
}

void explain(const ExplainArguments& arguments, Invocation& invocation) {
  if (!arguments.global.empty()) check_view(arguments.global);
  const PipelineConfig config = load_config(arguments.config, invocation.plugins(), ConfigScope::kAllButSourceAndDrift);
  const Production production = open_production(config, arguments.explainer, invocation);
  arguments.global.empty() ? print_rows(arguments, production) : print_view(arguments, production);
}

}  // namespace

void add_explain_command(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = app.add_subcommand("explain", "Predict rows with the production model, and say why");
  command->add_option("CONFIG", arguments->config, "The pipeline's file")->required();
  auto* rows = command->add_option_group("rows", "What to explain");
  auto* row = rows->add_option("--row", arguments->row, "A row as a JSON object, or an array of them");
  rows->add_option("--file", arguments->file, "Rows as CSV with a header line")->excludes(row);
  auto* global = rows->add_option("--global", arguments->global,
                                  "Print what moves the predictions, as JSON that a page can draw: bar, beeswarm, or "
                                  "dependence COLUMN; over the model's background rows, or those of --file")
                     ->expected(1, 2)
                     ->type_name("VIEW")
                     ->excludes(row);
  rows->require_option(1, 0);
  command->add_option("--top", arguments->top, "Tell so many of the strongest columns, and the rest together")
      ->check(CLI::Range(size_t{1}, size_t{100'000}))
      ->type_name("COUNT");
  command->add_option("--explainer", arguments->explainer, "Explain with this plugin (default: as training chose)")
      ->type_name("NAME");
  command->add_flag("--interactions", arguments->interactions, "Tell what pairs of columns did together, too")
      ->excludes(global);
  command->add_option("--svg", arguments->svg, "Write a row's waterfall to this file, as a picture that stands alone")
      ->type_name("FILE")
      ->excludes(global);
  command->add_flag("--json", arguments->as_json, "Print JSON");
  command->callback([&invocation, arguments] { explain(*arguments, invocation); });
}

}  // namespace veleta
