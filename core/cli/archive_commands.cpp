#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "archive/archive.hpp"
#include "commands.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

struct ArchiveArguments {
  std::string config, folder;
};

/// What a pipeline's history is in, locked against runs meanwhile.
struct Backends {
  explicit Backends(const PipelineConfig& config)
      : store(open_store(config.store_uri, store_options(config))),
        registry(open_registry(config.registry_uri)),
        lock(store->lock_pipeline(config.pipeline.name)) {}

  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<PipelineLock> lock;
};

void print(const char* what, const ArchiveCounts& counts) {
  fmt::print("{} {} runs, {} batches ({} clean rows), {} inferences, {} labels, {} tracked runs, {} model versions\n",
             what, counts.runs, counts.batches, counts.clean_rows, counts.inferences, counts.labels,
             counts.tracked_runs, counts.versions);
}

PipelineConfig config_of(const ArchiveArguments& arguments, Invocation& invocation) {
  return load_config(arguments.config, invocation.plugins(), ConfigScope::kAllButSourceAndDrift);
}

void export_to(const ArchiveArguments& arguments, Invocation& invocation) {
  const PipelineConfig config = config_of(arguments, invocation);
  if (!store_exists(config.store_uri, store_options(config)))
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no history yet", config.pipeline.name));
  const Backends backends(config);
  ProgressPrinter printer;
  print("exported", export_archive(config.pipeline.name, *backends.store, *backends.registry, arguments.folder,
                                   [&](const std::string& what) {
                                     printer.show({"export", -1, what, false});
                                   }));
}

void import_from(const ArchiveArguments& arguments, Invocation& invocation) {
  const PipelineConfig config = config_of(arguments, invocation);
  const std::string archived = archived_pipeline(arguments.folder);
  if (archived != config.pipeline.name)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is an archive of pipeline '{}', but {} names '{}'", arguments.folder, archived,
                            arguments.config, config.pipeline.name));
  const Backends backends(config);
  ProgressPrinter printer;
  print("imported", import_archive(arguments.folder, *backends.store, *backends.registry, [&](const std::string& what) {
          printer.show({"import", -1, what, false});
        }));
}

}  // namespace

void add_archive_commands(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<ArchiveArguments>();
  const auto add = [&](const char* name, const char* description, auto run) {
    CLI::App* command = app.add_subcommand(name, description);
    command->add_option("CONFIG", arguments->config, "The pipeline's file, which names store and registry")->required();
    command->add_option("FOLDER", arguments->folder, "The archive")->required();
    command->callback([arguments, &invocation, run] { run(*arguments, invocation); });
  };
  add("export", "Write a pipeline's history, data and models into a folder", export_to);
  add("import", "Bring such a folder into the store and the registry that the pipeline's file names", import_from);
}

}  // namespace veleta
