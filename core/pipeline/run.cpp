#include <fmt/format.h>
#include <sys/resource.h>
#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "hold_pipeline.hpp"
#include "pipeline/pipeline.hpp"
#include "steps.hpp"
#include "training_files.hpp"

namespace veleta {

namespace {

struct Step {
  const char* name;
  json::object (*run)(RunContext&);
};

constexpr Step kSteps[] = {{"ingest", ingest},  {"validate", validate}, {"clean", clean},
                           {"detect", detect},  {"decide", decide},     {"prepare", prepare},
                           {"train", train},    {"evaluate", evaluate}, {"register", register_model},
                           {"promote", promote}};
static_assert(std::ranges::equal(kSteps, kRunSteps, {}, [](const Step& step) { return std::string_view(step.name); }));

/// A run that fails by itself at this attempt or a later one is not gone on with unless asked for.
constexpr int kMaxAttempts = 3;
/// An event is a word, not a report.
constexpr size_t kEventSentence_bytes = 500;
constexpr size_t kEventColumns = 10;
/// As the registry takes them.
constexpr size_t kLongestRunId_bytes = 250;

/// The run's outcome, if it is settled after this step.
std::optional<std::string> outcome_after(const std::string& step, const json::object& output) {
  if (step == "ingest" && output.at("outcome").as_string() != "batch") return text_or_empty(output, "outcome");
  if (step == "decide" && !output.at("train").as_bool()) return "skipped";
  if (step == "promote") return text_or_empty(output, "outcome");
  return std::nullopt;
}

double peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

/// What the record says of where the time went.
json::object step_seconds(Store& store, const std::string& run_id) {
  json::object seconds;
  for (const auto& step : store.steps(run_id))
    if (step.finished_ms > step.started_ms)
      seconds[step.name] = static_cast<double>(step.finished_ms - step.started_ms) / 1000;
  return seconds;
}

DecisionRecord make_decision(RunContext& context, const std::string& outcome) {
  DecisionRecord decision;
  decision.run_id = context.run.id;
  decision.pipeline = context.config.pipeline.name;
  decision.batch_id = context.run.batch_id;
  decision.outcome = outcome;
  decision.decided_ms = now_ms();
  decision.action = context.output("decide").at("train").as_bool() ? "train" : "skip";
  decision.sentence = text_or_empty(context.output("decide"), "sentence");
  if (decision.action == "train") {
    decision.sentence.append(" ").append(text_or_empty(context.output("promote"), "sentence"));
    decision.model_version = json::serialize(context.output("register").at("version"));
  }
  for (const auto& [step, output] : context.outputs) decision.record[step] = output;
  decision.record["seconds"] = step_seconds(context.store, context.run.id);
  decision.record["peak_bytes"] = peak_memory_bytes();
  return decision;
}

Event event_of(const DecisionRecord& decision, const char* kind) {
  Event event;
  event.kind = kind;
  event.pipeline = decision.pipeline;
  event.run_id = decision.run_id;
  event.data = {{"batch", decision.batch_id}, {"sentence", clipped(decision.sentence, kEventSentence_bytes)}};
  if (!decision.model_version.empty()) event.data["version"] = std::stoi(decision.model_version);
  return event;
}

/// What others may wait for.
std::vector<Event> events_of(const DecisionRecord& decision) {
  std::vector<Event> events;
  const json::object& detected = decision.record.at("detect").as_object();
  if (detected.at("counts").at("drifted").to_number<int64_t>() > 0) {
    Event alarm = event_of(decision, "drift_alarm");
    json::array& columns = alarm.data["columns"].emplace_array();
    for (const auto& result : detected.at("drift").at("results").as_array()) {
      if (result.at("verdict") != "drifted" || columns.size() == kEventColumns) break;
      const bool is_told = std::ranges::find(columns, result.at("column")) != columns.end();  // by another detector
      if (!is_told) columns.push_back(result.at("column"));
    }
    events.push_back(std::move(alarm));
  }
  if (decision.action == "train") events.push_back(event_of(decision, decision.outcome.c_str()));
  return events;
}

std::string sentence_without_batch(const std::string& outcome) {
  return outcome == "end_of_data" ? "The source has no more data." : "The source has nothing new.";
}

void finish(RunContext& context, const std::string& outcome, RunResult& result) {
  const std::string& id = context.run.id;
  if (context.outputs.contains("decide")) {
    result.decision = make_decision(context, outcome);
    context.store.finish_run(id, RunState::kSucceeded, outcome, result.decision->sentence, &*result.decision,
                             events_of(*result.decision));
  } else {
    context.store.finish_run(id, RunState::kSucceeded, outcome, sentence_without_batch(outcome));
  }
  std::error_code ignored;
  std::filesystem::remove_all(context.folder(), ignored);
}

void run_steps(RunContext& context, RunResult& result) {
  for (const Step& step : kSteps) {
    if (!context.outputs.contains(step.name)) {
      context.check_cancelled();
      context.report(step.name, -1, "");
      StepRecord record{step.name, {}, now_ms(), 0};
      record.output = step.run(context);
      record.finished_ms = now_ms();
      context.store.finish_step(context.run.id, record);
      context.outputs[step.name] = record.output;
      if (context.options.progress)
        context.options.progress(
            {step.name, 1, fmt::format("{:.1f} s", static_cast<double>(record.finished_ms - record.started_ms) / 1000),
             true});
    }
    if (step.run == ingest) context.run.batch_id = text_or_empty(context.output("ingest"), "batch_id");
    if (const auto outcome = outcome_after(step.name, context.output(step.name)))
      return finish(context, *outcome, result);
  }
}

void forget_from(RunContext& context, const std::string& first) {
  context.store.forget_steps(context.run.id, first);
  bool forgets = false;
  for (const Step& step : kSteps) {
    forgets = forgets || step.name == first;
    if (forgets) context.outputs.erase(step.name);
  }
  std::error_code ignored;
  std::filesystem::remove_all(context.folder(), ignored);
}

/// Whether the pipeline's file and the production model are still those that `detect` went by.
bool detected_under_these_conditions(RunContext& context) {
  const json::object& detected = context.output("detect");
  const Champion* champion = context.champion();
  const json::value version = champion ? json::value(champion->version.version) : json::value(nullptr);
  return detected.at("champion") == version && text_or_empty(detected, "config_digest") == sha256(context.config.text);
}

/// Steps of a run that is gone on with are done again where what they went by has changed since. A batch that was
/// validated stays so, and a version that is registered stays as it is.
void forget_stale_steps(RunContext& context) {
  const auto& outputs = context.outputs;
  if (outputs.contains("register")) return;
  if (outputs.contains("detect") && !detected_under_these_conditions(context)) forget_from(context, "detect");
  if (outputs.contains("prepare") && !training_files_are_there(context)) forget_from(context, "prepare");
}

/// True for failures of what surrounds a run, which time mends: they never give it up.
bool is_passing(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout || code == ErrorCode::kPeerFailed;
}

void record_failure(RunContext& context, ErrorCode code, const std::string& why) {
  const std::string& id = context.run.id;
  const bool has_batch = !context.run.batch_id.empty();
  if (code == ErrorCode::kCancelled) return context.store.finish_run(id, RunState::kCancelled, "cancelled", why);
  const bool gives_up = has_batch && context.run.attempt >= kMaxAttempts && !is_passing(code);
  context.store.finish_run(id, RunState::kFailed, gives_up ? "given_up" : "failed", why);
}

/// Removes what is in the folder, except what is to be kept.
void remove_others(const std::filesystem::path& folder, const std::set<std::filesystem::path>& kept) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (!kept.contains(entry.path())) std::filesystem::remove_all(entry.path(), ignored);
}

/// A pipeline under its lock, run once.
class SingleRun {
 public:
  SingleRun(const PipelineConfig& config, Store& store, Registry& registry, PluginHost& plugins,
            const RunOptions& options)
      : config_(config), store_(store), registry_(registry), plugins_(plugins), options_(options) {}

  RunResult run() {
    if (options_.run_id.size() > kLongestRunId_bytes)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("a run's id has at most {} bytes; this one has {}",
                                                           kLongestRunId_bytes, options_.run_id.size()));
    close_runs_without_batch();
    if (!options_.batch_id.empty()) return judge_again();
    const auto undecided = oldest_undecided();
    if (options_.run_id.empty()) return go_on(undecided ? undecided->id : new_id());
    if (!is_known_with_batch(options_.run_id))
      while (const auto older = oldest_undecided()) {
        RunResult result = go_on(older->id);
        if (result.failure) return result;
      }
    return go_on(options_.run_id);
  }

 private:
  const std::string& pipeline() const { return config_.pipeline.name; }

  /// What a crash left before a batch was taken is nothing to go on with; the run asked for is.
  void close_runs_without_batch() {
    for (const auto& run : store_.unfinished_runs(pipeline()))
      if (run.batch_id.empty() && run.id != options_.run_id)
        store_.finish_run(run.id, RunState::kCancelled, "cancelled", "the run was cut off before it took a batch");
  }

  std::optional<RunRecord> oldest_undecided() {
    for (const auto& run : store_.undecided_runs(pipeline()))
      if (run.outcome != "given_up") return run;
    return std::nullopt;
  }

  /// Such a run takes no other batch.
  bool is_known_with_batch(const std::string& run_id) {
    const auto run = store_.find_run(run_id);
    return run && (!run->batch_id.empty() || run->state == RunState::kSucceeded);
  }

  RunResult judge_again() {
    const std::string id = options_.run_id.empty() ? new_id() : options_.run_id;
    for (const auto& run : store_.undecided_runs(pipeline()))
      if (run.batch_id == options_.batch_id && run.id != id)
        throw Error(
            ErrorCode::kConflict,
            fmt::format("batch {} is not decided on yet: --run-id {} goes on with its run", run.batch_id, run.id));
    if (!store_.find_batch(pipeline(), options_.batch_id))
      throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no batch '{}'", pipeline(), options_.batch_id));
    if (const auto run = store_.find_run(id); run && !run->batch_id.empty() && run->batch_id != options_.batch_id)
      throw Error(ErrorCode::kConflict,
                  fmt::format("run {} is of batch {}, not of {}", id, run->batch_id, options_.batch_id));
    return go_on(id, options_.batch_id);
  }

  /// Starts the run or goes on with it, on a batch of RAW where one is named.
  RunResult go_on(const std::string& id, const std::string& batch_id = "") {
    RunResult result;
    result.run = store_.start_run(pipeline(), id);
    if (result.run.state == RunState::kSucceeded) {
      result.decision = store_.find_decision(id);
      return result;
    }
    if (!batch_id.empty()) {
      store_.take_again(id, pipeline(), batch_id);
      result.run.batch_id = batch_id;
    }
    if (result.run.attempt > 1) log(LogLevel::kInfo, fmt::format("going on with run {}", id));
    RunContext context(config_, store_, registry_, plugins_, options_, result.run);
    remove_stale_folders(context);
    for (const auto& step : store_.steps(id)) context.outputs[step.name] = step.output;
    try {
      forget_stale_steps(context);
      run_steps(context, result);
    } catch (const Error& error) {
      result.failure = error.code();
      record_failure(context, error.code(), error.what());
    } catch (const std::exception& error) {
      result.failure = ErrorCode::kInternal;
      record_failure(context, ErrorCode::kInternal, error.what());
    }
    result.run = *store_.find_run(id);
    return result;
  }

  /// Those of runs that have decided.
  void remove_stale_folders(const RunContext& context) {
    std::set<std::filesystem::path> kept{context.folder()};
    for (const auto& run : store_.undecided_runs(pipeline())) kept.insert(context.folder_of(run.id));
    remove_others(context.folder().parent_path(), kept);
  }

  const PipelineConfig& config_;
  Store& store_;
  Registry& registry_;
  PluginHost& plugins_;
  const RunOptions& options_;
};

}  // namespace

RunResult run_pipeline(const PipelineConfig& config, Store& store, Registry& registry, PluginHost& plugins,
                       const RunOptions& options) {
  const auto lock = hold_pipeline(config.pipeline.name, store);
  return SingleRun(config, store, registry, plugins, options).run();
}

}  // namespace veleta
