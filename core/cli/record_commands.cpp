#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "commands.hpp"
#include "drift/drift.hpp"
#include "registry/registry.hpp"
#include "store/store.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

constexpr int kDecisionsAtOnce = 1000;
constexpr const char* kRowCount = "rows";  // among the metrics
constexpr const char* kNoNumber = "–";

/// Null where no run has made it yet: who only reads makes none.
std::unique_ptr<Store> find_store(const PipelineConfig& config) {
  constexpr std::chrono::seconds kPatience{5};
  const StoreOptions options = store_options(config, kPatience);
  return store_exists(config.store_uri, options) ? open_store(config.store_uri, options) : nullptr;
}

/// Oldest first.
std::vector<DecisionRecord> decisions_of(Store& store, const std::string& pipeline) {
  std::vector<DecisionRecord> decisions;
  while (true) {
    const int known = static_cast<int>(decisions.size());
    const auto older = store.list_decisions(pipeline, kDecisionsAtOnce, known);
    decisions.insert(decisions.end(), older.begin(), older.end());
    if (older.size() < kDecisionsAtOnce) break;
  }
  std::reverse(decisions.begin(), decisions.end());
  return decisions;
}

std::vector<ModelVersion> versions_of(const PipelineConfig& config) {
  if (!registry_exists(config.registry_uri)) return {};
  return open_registry(config.registry_uri)->list_versions(config.pipeline.name);
}

/// "no batch yet in sqlite:///var/rent.db (relative to /home/ann)".
void print_nothing_yet(const char* what, const std::string& uri) {
  const bool is_relative = uri.starts_with("sqlite:///") && !uri.starts_with("sqlite:////");
  fmt::print("no {} yet in {}{}\n", what, without_secrets(uri),
             is_relative ? fmt::format(" (relative to {})", std::filesystem::current_path().string()) : "");
}

json::object to_json(const DecisionRecord& decision) {
  return {{"run_id", decision.run_id},
          {"batch_id", decision.batch_id},
          {"action", decision.action},
          {"outcome", decision.outcome},
          {"model_version",
           decision.model_version.empty() ? json::value(nullptr) : json::value(std::stoi(decision.model_version))},
          {"sentence", decision.sentence},
          {"decided_at", format_time(decision.decided_ms)},
          {"record", decision.record}};
}

std::string rows_of(const DecisionRecord& decision) {
  const auto* validated = decision.record.if_contains("validate");
  return validated ? with_thousands(number_or_nan(validated->as_object(), "rows")) : "";
}

void print_history(const PipelineConfig& config, bool as_json) {
  const auto store = find_store(config);
  const std::string& pipeline = config.pipeline.name;
  const auto decisions = store ? decisions_of(*store, pipeline) : std::vector<DecisionRecord>();
  if (as_json) {
    json::array array;
    for (const auto& decision : decisions) array.push_back(to_json(decision));
    fmt::print("{}", pretty_json(array));
    return;
  }
  // Runs that took a batch and have not decided on it.
  const auto undecided = store ? store->undecided_runs(pipeline) : std::vector<RunRecord>();
  if (decisions.empty() && undecided.empty()) return print_nothing_yet("batch", config.store_uri);
  TextTable table({"BATCH", "ROWS", "OUTCOME", "VERSION", "RUN", "WHY"});
  for (const auto& decision : decisions)
    table.add({decision.batch_id, rows_of(decision), decision.outcome, decision.model_version, decision.run_id,
               decision.sentence});
  for (const auto& run : undecided)
    table.add({run.batch_id, "", run.outcome.empty() ? "undecided" : run.outcome, "", run.id, run.sentence});
  fmt::print("{}", table.text(terminal_width()));
}

void print_models(const PipelineConfig& config, bool as_json) {
  const auto versions = versions_of(config);
  if (versions.empty() && !as_json) return print_nothing_yet("version", config.registry_uri);
  json::array array;
  TextTable table({"VERSION", "ALIAS", "LEARNER", "BATCH", "STATUS", "CREATED", "WHY"});
  for (const auto& version : versions) {
    const auto tag = [&](const char* name) { return tag_of(version.tags, name); };
    table.add({std::to_string(version.version), join(version.aliases, ", "), tag("learner"), tag("batch_id"),
               tag("status"), format_time(version.created_ms), version.description});
    json::object tags;
    for (const auto& [name, value] : version.tags) tags[name] = value;
    array.push_back({{"version", version.version},
                     {"aliases", json::array(version.aliases.begin(), version.aliases.end())},
                     {"run_id", version.run_id},
                     {"source", version.source},
                     {"description", version.description},
                     {"tags", tags}});
  }
  fmt::print("{}", as_json ? pretty_json(array) : table.text(terminal_width()));
}

/// To so many digits; a dash where the object has no number of this name.
std::string number_of(const json::object& object, std::string_view name, int digits) {
  const double number = number_or_nan(object, name);
  return std::isnan(number) ? kNoNumber : fmt::format("{:.{}g}", number, digits);
}

/// What validation noticed that does not stand in the way.
void print_warnings(const json::object& record) {
  const auto* validated = record.if_contains("validate");
  if (!validated) return;
  for (const auto& warning : validated->as_object().at("warnings").as_array())
    fmt::print("warning: {}\n", text_or_empty(warning.as_object(), "sentence"));
}

void print_evidence(const json::object& record) {
  const auto* detect = record.if_contains("detect");
  const auto* drift = detect ? detect->as_object().if_contains("drift") : nullptr;
  if (!drift || !drift->is_object()) return;
  TextTable table({"COLUMN", "DETECTOR", "VERDICT", "EFFECT", "MATTERS FROM", "ADJUSTED P", "DETAIL"});
  for (const auto& item : drift->as_object().at("results").as_array()) {
    const json::object& result = item.as_object();
    const double p = number_or_nan(result, "adjusted_p");
    table.add({column_text(result), text_or_empty(result, "detector"), text_or_empty(result, "verdict"),
               number_of(result, "effect", 3), number_of(result, "min_effect", 3),
               std::isnan(p) ? kNoNumber : p_value_text(p), text_or_empty(result, "detail")});
  }
  fmt::print("\nDrift against the production model's training window\n{}", table.text(terminal_width()));
}

void print_contest(const json::object& record) {
  const auto* evaluate = record.if_contains("evaluate");
  if (!evaluate) return;
  const json::object& contest = evaluate->as_object();
  std::vector<std::pair<std::string, json::object>> models;
  for (const auto& [learner, metrics] : contest.at("learners").as_object())
    models.emplace_back(learner, metrics.as_object());
  if (contest.at("champion").is_object()) models.emplace_back("production", contest.at("champion").as_object());

  std::vector<std::string> headings{"MODEL"};
  for (const auto& [metric, value] : models.front().second)
    if (metric != kRowCount) headings.emplace_back(std::string(metric));
  TextTable table(headings);
  for (const auto& [name, metrics] : models) {
    std::vector<std::string> cells{name};
    for (size_t i = 1; i < headings.size(); ++i) cells.push_back(number_of(metrics, headings[i], 6));
    table.add(std::move(cells));
  }
  fmt::print("\nOn {} rows that none of these trained on\n{}",
             with_thousands(number_or_nan(models.front().second, kRowCount)), table.text(terminal_width()));
}

void print_seconds(const json::object& record) {
  const auto* seconds = record.if_contains("seconds");
  if (!seconds) return;
  fmt::print("\nSeconds ");
  for (const auto& [step, value] : seconds->as_object()) fmt::print(" {} {:.1f}", step, value.to_number<double>());
  fmt::print("\nPeak memory of the host {}\n", human_bytes(number_or_nan(record, "peak_bytes")));
}

void print_run(Store& store, const RunRecord& run, bool as_json) {
  const auto decision = store.find_decision(run.id);
  if (as_json) {
    json::object object{{"run_id", run.id},       {"pipeline", run.pipeline}, {"state", to_string(run.state)},
                        {"outcome", run.outcome}, {"sentence", run.sentence}, {"attempt", run.attempt}};
    object["decision"] = decision ? json::value(to_json(*decision)) : json::value(nullptr);
    fmt::print("{}", pretty_json(object));
    return;
  }
  fmt::print("run {} of {}: {}{}\n{}\n", run.id, run.pipeline, run.outcome.empty() ? to_string(run.state) : run.outcome,
             run.batch_id.empty() ? "" : ", batch " + run.batch_id, run.sentence);
  fmt::print("started {}, attempt {}{}\n", format_time(run.started_ms), run.attempt,
             run.finished_ms ? ", finished " + format_time(run.finished_ms) : "");
  if (!decision) return;
  print_warnings(decision->record);
  print_evidence(decision->record);
  print_contest(decision->record);
  print_seconds(decision->record);
}

void show(const PipelineConfig& config, const std::string& run_id, bool as_json) {
  const auto store = find_store(config);
  const auto run = store ? store->find_run(run_id) : std::nullopt;
  if (!run || run->pipeline != config.pipeline.name)
    throw Error(ErrorCode::kNotFound,
                fmt::format("pipeline '{}' has no run '{}' in {}; `veleta history {}` lists those with a decision",
                            config.pipeline.name, run_id, without_secrets(config.store_uri), config.file.string()));
  print_run(*store, *run, as_json);
}

}  // namespace

void add_record_commands(CLI::App& app, Invocation& invocation) {
  auto file = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  const auto config = [&invocation, file] {
    return load_config(*file, invocation.plugins(), ConfigScope::kAllButSourceAndDrift);
  };
  const auto add = [&](const char* name, const char* description) {
    CLI::App* command = app.add_subcommand(name, description);
    command->add_option("CONFIG", *file, "The pipeline's file")->required();
    command->add_flag("--json", *as_json, "Print JSON");
    return command;
  };
  add("history", "Every batch with its decision and why")->callback([config, as_json] {
    print_history(config(), *as_json);
  });
  add("models", "Every model version, newest first")->callback([config, as_json] { print_models(config(), *as_json); });

  auto run = std::make_shared<std::string>();
  CLI::App* show_command = add("show", "One run: evidence, contest, where the time went");
  show_command->add_option("RUN", *run, "The run's id")->required();
  show_command->callback([config, run, as_json] { show(config(), *run, *as_json); });
}

}  // namespace veleta
