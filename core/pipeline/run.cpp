#include <fmt/format.h>
#include <sys/resource.h>
#include <algorithm>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "pipeline/pipeline.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

struct Step {
  const char* name;
  json::object (*run)(RunContext&);
};

constexpr Step kSteps[] = {{"ingest", ingest},     {"validate", validate},       {"detect", detect},
                           {"decide", decide},     {"prepare", prepare},         {"train", train},
                           {"evaluate", evaluate}, {"register", register_model}, {"promote", promote}};

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
    decision.sentence += " " + text_or_empty(context.output("evaluate"), "sentence");
    decision.model_version = json::serialize(context.output("register").at("version"));
  }
  for (const auto& [step, output] : context.outputs) decision.record[step] = output;
  decision.record["seconds"] = step_seconds(context.store, context.run.id);
  decision.record["peak_bytes"] = peak_memory_bytes();
  return decision;
}

std::string sentence_without_batch(const std::string& outcome) {
  return outcome == "end_of_data" ? "The source has no more data." : "The source has nothing new.";
}

void finish(RunContext& context, const std::string& outcome, RunResult& result) {
  const std::string& id = context.run.id;
  if (context.outputs.contains("decide")) {
    result.decision = make_decision(context, outcome);
    context.store.finish_run(id, RunState::kSucceeded, outcome, result.decision->sentence, &*result.decision);
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

/// The run asked for; else the one a crash left behind; else a new one.
std::string choose_run(const RunOptions& options, Store& store, const std::string& pipeline) {
  if (!options.run_id.empty()) return options.run_id;
  const auto unfinished = store.unfinished_runs(pipeline);
  if (unfinished.empty()) return new_id();
  log(LogLevel::kInfo, fmt::format("going on with run {}, which was cut off", unfinished.front().id));
  return unfinished.front().id;
}

/// Folders of runs that nobody will go on with.
void remove_stale_folders(const std::filesystem::path& folder, const std::string& keep) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.path().filename() != keep) std::filesystem::remove_all(entry.path(), ignored);
}

}  // namespace

RunResult run_pipeline(const PipelineConfig& config, Store& store, Registry& registry, PluginHost& plugins,
                       const RunOptions& options) {
  const auto lock = store.lock_pipeline(config.pipeline.name);
  RunResult result;
  result.run = store.start_run(config.pipeline.name, choose_run(options, store, config.pipeline.name));
  const std::string id = result.run.id;
  if (result.run.state == RunState::kSucceeded) {
    result.decision = store.find_decision(id);
    return result;
  }
  RunContext context(config, store, registry, plugins, options, result.run);
  remove_stale_folders(context.folder().parent_path(), context.folder().filename().string());
  for (const auto& step : store.steps(id)) context.outputs[step.name] = step.output;
  try {
    run_steps(context, result);
  } catch (const Error& error) {
    const bool cancelled = error.code() == ErrorCode::kCancelled;
    result.failure = error.code();
    store.finish_run(id, cancelled ? RunState::kCancelled : RunState::kFailed, cancelled ? "cancelled" : "failed",
                     error.what());
  } catch (const std::exception& error) {
    result.failure = ErrorCode::kInternal;
    store.finish_run(id, RunState::kFailed, "failed", error.what());
  }
  result.run = *store.find_run(id);
  return result;
}

}  // namespace veleta
