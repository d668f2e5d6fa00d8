#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/json.hpp"
#include "commands.hpp"
#include "pipeline/reproduce.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

struct ReproduceArguments {
  std::string config, run_id;
  bool as_json = false;
};

json::object to_json(const Reproduction& result) {
  return {{"reproduced", result.is_same()},
          {"version", result.version},
          {"learner", result.learner},
          {"recorded_digest", result.recorded_digest},
          {"found_digest", result.found_digest},
          {"differing_inputs", json::value_from(result.differing_inputs)},
          {"differing_files", json::value_from(result.differing_files)}};
}

void print(const Reproduction& result) {
  if (result.is_same())
    fmt::print("reproduced: version {} ({}) came out bit for bit the same, digest {}\n", result.version, result.learner,
               result.found_digest);
  else
    fmt::print("not reproduced: version {} ({}) was registered with digest {}, and came out with digest {}\n",
               result.version, result.learner, result.recorded_digest, result.found_digest);
  for (const auto& sentence : result.differing_inputs) fmt::print("differs: {}\n", sentence);
  for (const auto& name : result.differing_files) fmt::print("differs: file {} of the model\n", name);
  if (!result.is_same() && result.differing_inputs.empty())
    fmt::print(
        "every recorded input is as it was: the learner is not deterministic, or a library that it uses differs\n");
}

int reproduce(const ReproduceArguments& arguments, Invocation& invocation) {
  const PipelineConfig config = load_config(arguments.config, invocation.plugins(), ConfigScope::kAllButSourceAndDrift);
  const auto store = open_store(config.store_uri, store_options(config));
  const auto registry = open_registry(config.registry_uri);
  ProgressPrinter printer;
  RunOptions options;
  options.program = invocation.program;
  options.progress = [&](const Progress& progress) { printer.show(progress); };
  options.is_cancelled = was_interrupted;
  const Reproduction result =
      reproduce_run(config.pipeline.name, arguments.run_id, *store, *registry, invocation.plugins(), options);
  if (arguments.as_json)
    fmt::print("{}", pretty_json(to_json(result)));
  else
    print(result);
  return result.is_same() ? kExitSuccess : kExitFailure;
}

}  // namespace

void add_reproduce_command(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<ReproduceArguments>();
  CLI::App* command = app.add_subcommand(
      "reproduce", "Train a run's model again from what was recorded, and compare it with the one registered");
  command->add_option("CONFIG", arguments->config, "The pipeline's file")->required();
  command->add_option("RUN", arguments->run_id, "The run's id")->required();
  command->add_flag("--json", arguments->as_json, "Print JSON");
  command->footer("Exit status: 0 the same model, bit for bit; 1 another one, and what differs; else as `veleta run`.");
  command->callback([arguments, &invocation] { invocation.status = reproduce(*arguments, invocation); });
}

}  // namespace veleta
