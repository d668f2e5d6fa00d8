#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/json.hpp"
#include "commands.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/worker.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

struct RunArguments {
  std::string config;
  std::string run_id, batch_id;
  bool until_end = false;
  bool as_json = false;
};

json::object to_json(const RunResult& result) {
  json::object object{
      {"run_id", result.run.id},
      {"pipeline", result.run.pipeline},
      {"state", to_string(result.run.state)},
      {"outcome", result.run.outcome},
      {"sentence", result.run.sentence},
      {"batch_id", result.run.batch_id.empty() ? json::value(nullptr) : json::value(result.run.batch_id)},
      {"attempt", result.run.attempt}};
  if (result.decision) {
    object["action"] = result.decision->action;
    object["reasons"] = result.decision->record.at("decide").as_object().at("reasons");
    if (!result.decision->model_version.empty()) object["model_version"] = std::stoi(result.decision->model_version);
  }
  return object;
}

std::string how_to_go_on(const RunResult& result) {
  const RunRecord& run = result.run;
  if (run.outcome == "given_up")
    return fmt::format(
        "run {} is given up, at attempt {}: the next run takes another batch; --run-id {} goes on with it", run.id,
        run.attempt, run.id);
  if (run.batch_id.empty()) return fmt::format("run {} took no batch: the next run asks the source again", run.id);
  return fmt::format("run {}: the next run, or --run-id {}, goes on with it", run.id, run.id);
}

void print(const RunResult& result, bool as_json) {
  if (as_json)
    fmt::print("{}\n", json::serialize(to_json(result)));
  else if (result.run.batch_id.empty())
    fmt::print("{}: {}\n", result.run.outcome, result.run.sentence);
  else
    fmt::print("batch {}, {}: {}\n", result.run.batch_id, result.run.outcome, result.run.sentence);
  if (!as_json && result.failure) fmt::print("{}\n", how_to_go_on(result));
  std::fflush(stdout);
}

bool goes_on(const RunResult& result) {
  return !result.failure && result.run.outcome != "end_of_data" && result.run.outcome != "nothing_new";
}

int run(const RunArguments& arguments, Invocation& invocation) {
  const PipelineConfig config = load_config(arguments.config, invocation.plugins());
  const auto store = open_store(config.store_uri, store_options(config));
  const auto registry = open_registry(config.registry_uri);
  ProgressPrinter printer;
  RunOptions options;
  options.run_id = arguments.run_id;
  options.batch_id = arguments.batch_id;
  options.program = invocation.program;
  options.progress = [&](const Progress& progress) { printer.show(progress); };
  options.is_cancelled = was_interrupted;
  while (true) {
    const RunResult result = run_pipeline(config, *store, *registry, invocation.plugins(), options);
    print(result, arguments.as_json);
    if (!arguments.until_end || !goes_on(result)) return result.failure ? exit_status(*result.failure) : kExitSuccess;
  }
}

}  // namespace

void add_run_commands(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Take the next batch and bring it to a decision");
  command->add_option("CONFIG", arguments->config, "The pipeline's file")->required();
  auto* until_end = command->add_flag("--until-end", arguments->until_end, "Go on until the source has no more");
  command->add_option("--run-id", arguments->run_id, "Start, or go on with, the run of this id")->excludes(until_end);
  command->add_option("--batch", arguments->batch_id, "Judge a batch that was taken before again, in a run of its own")
      ->excludes(until_end);
  command->add_flag("--json", arguments->as_json, "Print one JSON object a run");
  command->footer(
      "Exit status: 0 a decision, nothing new or the end of the data; 2 a wrong pipeline file; 3 source or store\n"
      "unavailable; 4 time-out; 5 refused by the source; 6 broken data; 7 a plugin failed; 8 already running;\n"
      "9 the source failed while it answered; 130 interrupted; 1 anything else.");
  command->callback([arguments, &invocation] { invocation.status = run(*arguments, invocation); });

  auto folder = std::make_shared<std::string>();
  CLI::App* worker = app.add_subcommand("worker", "Train one model; started by run")->group("");
  worker->add_option("FOLDER", *folder, "What run prepared")->required();
  auto host = std::make_shared<int>();
  worker->add_option("--host", *host, "The process that started it")->required();
  worker->callback([folder, host, &invocation] {
    invocation.status = run_worker(*folder, invocation.plugins(), *host, was_interrupted);
  });
}

}  // namespace veleta
