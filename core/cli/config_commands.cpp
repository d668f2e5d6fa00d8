#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "commands.hpp"

namespace veleta {

void add_config_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* config = app.add_subcommand("config", "Check pipeline files; print the reference")->require_subcommand(1);

  auto file = std::make_shared<std::string>();
  CLI::App* check = config->add_subcommand("check", "Check a pipeline's file without running anything");
  check->add_option("CONFIG", *file, "The pipeline's file")->required();
  check->callback([&invocation, file] {
    const PipelineConfig checked = load_config(*file, invocation.plugins());
    fmt::print("{}: pipeline '{}' is sound\n", *file, checked.pipeline.name);
  });

  CLI::App* reference = config->add_subcommand("reference", "Print the reference of every key, as Markdown");
  reference->callback([&invocation] { fmt::print("{}", config_reference(invocation.plugins())); });
}

}  // namespace veleta
