#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "drift_output.hpp"
#include "drift_page.hpp"
#include "model/bundle.hpp"
#include "registry/registry.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

/// Of those installed, what looks at every column where no pipeline says otherwise.
const std::vector<std::string> kDefaultDetectors{"ks",         "wasserstein",   "psi",
                                                 "chi_square", "missing_share", "new_categories"};
constexpr double kDefaultAlpha = 0.05;

struct DriftArguments {
  std::string reference, current;
  std::string config;
  std::string html;
  std::string rows_pointer;
  std::vector<std::string> by;
  std::string fail_on;
  bool as_json = false;
};

/// How the windows are to be compared, as a pipeline's file has it, or without one.
struct DriftRules {
  ColumnRules columns;
  std::vector<PluginUse> detectors;
  double alpha = kDefaultAlpha;
  SegmentRules segments;
  std::map<std::string, double> importance;
  std::vector<std::string> remarks;
};

std::vector<PluginUse> default_detectors(PluginHost& plugins) {
  const auto installed = plugins.names(PluginKind::kDetector);
  std::vector<PluginUse> uses;
  for (const auto& name : kDefaultDetectors)
    if (std::ranges::find(installed, name) != installed.end())
      uses.push_back({name, default_values(plugins.describe(PluginKind::kDetector, name).params), {}});
  if (uses.empty()) throw Error(ErrorCode::kNotFound, "no detector is installed: `veleta plugins list` tells what is");
  return uses;
}

/// What columns weigh in the pipeline's production model; nothing where there is none.
std::map<std::string, double> importance_of(const PipelineConfig& config) {
  if (!registry_exists(config.registry_uri)) return {};
  const auto registry = open_registry(config.registry_uri);
  const auto version = registry->version_by_alias(config.pipeline.name, kProductionAlias);
  return version ? parts_from_files(registry->version_files(*version, kBundleFolder)).importance
                 : std::map<std::string, double>();
}

DriftRules rules_of(const DriftArguments& arguments, PluginHost& plugins) {
  DriftRules rules;
  if (arguments.config.empty()) {
    rules.detectors = default_detectors(plugins);
  } else {
    const PipelineConfig config = load_config(arguments.config, plugins, ConfigScope::kAllButSource);
    rules.columns = config.columns;
    rules.detectors = config.drift;
    rules.alpha = config.retrain.alpha;
    rules.segments = {config.segments.by, static_cast<double>(config.segments.min_rows),
                      static_cast<size_t>(config.segments.most)};
    try {
      rules.importance = importance_of(config);
    } catch (const Error& error) {
      rules.remarks.push_back(std::string("what columns weigh in the production model is not known: ") + error.what());
    }
  }
  if (!arguments.by.empty()) rules.segments.by = arguments.by;
  return rules;
}

/// Throws kCancelled once the user interrupts.
class DriftProgress {
 public:
  void show(const char* step, double fraction, const std::string& message) {
    if (was_interrupted()) throw Error(ErrorCode::kCancelled, "interrupted");
    printer_.show({step, fraction, message, false});
  }
  void clear() { printer_.clear(); }

 private:
  ProgressPrinter printer_;
};

std::vector<DetectorUse> make_detectors(const DriftRules& rules, PluginHost& plugins) {
  PluginServices services;
  services.is_cancelled = [] { return was_interrupted(); };
  std::vector<DetectorUse> detectors;
  for (const auto& use : rules.detectors)
    detectors.push_back({use.name, plugins.create_detector(use.name, use.params, services), use.columns});
  return detectors;
}

/// The windows' segments; a profile has lost which row was where.
std::pair<std::vector<Segment>, std::vector<Segment>> segments_of(const DriftWindows& windows,
                                                                  const SegmentRules& rules) {
  if (rules.by.empty()) return {};
  for (const DriftWindow* window : {&windows.reference, &windows.current})
    if (!window->rows)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} is a profile, which cannot be cut into segments by {}: expected rows", window->path,
                              join(rules.by, ", ")));
  auto reference = make_segments(*windows.reference.rows, rules);
  auto current = same_segments(*windows.current.rows, reference);
  return {std::move(reference), std::move(current)};
}

int status_of(const DriftReport& report, const std::string& fail_on) {
  const DriftVerdict verdict = report.verdict();
  if (fail_on.empty()) return kExitSuccess;
  if (verdict == DriftVerdict::kDrifted) return kExitDrifted;
  if (std::ranges::any_of(report.results, &ColumnDrift::failed)) return kExitPlugin;
  return fail_on == "underpowered" && verdict != DriftVerdict::kStable ? kExitUnderpowered : kExitSuccess;
}

void judge(const DriftArguments& arguments, Invocation& invocation) {
  const DriftRules rules = rules_of(arguments, invocation.plugins());
  auto detectors = make_detectors(rules, invocation.plugins());
  DriftProgress progress;
  DriftWindows windows =
      read_windows(arguments.reference, arguments.current, rules.columns, arguments.rows_pointer,
                   [&](const std::string& path, double fraction) { progress.show("read", fraction, path); });
  progress.show("segments", -1, "profiling");
  const auto [reference_segments, current_segments] = segments_of(windows, rules.segments);
  const DriftReport report =
      detect_drift({windows.reference.profile, windows.current.profile, &reference_segments, &current_segments,
                    rules.segments.min_rows},
                   detectors, {rules.alpha, rules.importance, [&](double fraction, const std::string& what) {
                                 progress.show("compare", fraction, what);
                               }});
  progress.clear();
  ToldDrift told{windows.reference, windows.current, report, windows.reference.remarks};
  told.remarks.insert(told.remarks.end(), windows.current.remarks.begin(), windows.current.remarks.end());
  told.remarks.insert(told.remarks.end(), rules.remarks.begin(), rules.remarks.end());
  if (!arguments.html.empty()) write_file_atomically(arguments.html, drift_page(told));
  if (arguments.as_json)
    fmt::print("{}", pretty_json(json_of(told)));
  else
    print_drift(told);
  invocation.status = status_of(report, arguments.fail_on);
}

}  // namespace

void add_drift_command(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<DriftArguments>();
  CLI::App* command = app.add_subcommand("drift", "Compare two windows of data, without a pipeline");
  command->add_option("REFERENCE", arguments->reference, "What was: CSV, rows as JSON, or a profile")->required();
  command->add_option("CURRENT", arguments->current, "What is: likewise")->required();
  command
      ->add_option(
          "--config", arguments->config,
          "Compare as this pipeline's file says: its [columns], [[drift]], alpha and [segments]; its production "
          "model says what columns weigh")
      ->type_name("FILE");
  command->add_option("--by", arguments->by, "Compare the segments of this column, too; may be repeated")
      ->allow_extra_args(false)
      ->type_name("COLUMN");
  command->add_option("--rows", arguments->rows_pointer, "JSON: where the array of rows is, such as /data (RFC 6901)")
      ->type_name("POINTER");
  command->add_option("--html", arguments->html, "Write a page with pictures, which needs nothing else, to this file")
      ->type_name("FILE");
  command
      ->add_option(
          "--fail-on", arguments->fail_on,
          "End with status 10 where anything drifted; with `underpowered` also with 11 where there are too few "
          "rows to tell")
      ->check(CLI::IsMember({"drift", "underpowered"}))
      ->type_name("VERDICT");
  command->add_flag("--json", arguments->as_json, "Print JSON");
  command->callback([&invocation, arguments] { judge(*arguments, invocation); });
}

}  // namespace veleta
