#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <thread>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "commands.hpp"
#include "registry/registry.hpp"
#include "runner_thread.hpp"
#include "serving/server.hpp"
#include "store/store.hpp"

namespace veleta {

namespace {

/// Meanwhile rows wait in memory; then they go to the disk.
constexpr std::chrono::seconds kPatience{1};

StreamSpec stream_of(const PluginUse& use) {
  StreamSpec spec{use.name, use.params, StreamSubject::kColumns, use.columns};
  if (use.of == "prediction") spec.of = StreamSubject::kPredictions;
  if (use.of == "error") spec.of = StreamSubject::kErrors;
  return spec;
}

ServeOptions serve_options(const PipelineConfig& config) {
  ServeOptions options;
  options.pipeline = config.pipeline.name;
  options.host = config.serve.host;
  options.port = config.serve.port;
  const unsigned machine = std::max(2u, std::thread::hardware_concurrency());
  options.threads = config.serve.threads > 0 ? static_cast<unsigned>(config.serve.threads) : machine - 1;
  options.max_body_bytes = static_cast<size_t>(config.serve.max_body_bytes);
  options.max_rows = static_cast<size_t>(config.serve.max_rows);
  options.reload_interval_s = config.serve.reload_interval_s;
  options.token = config.serve.token;
  for (const PluginUse& use : config.streams) options.streams.push_back(stream_of(use));
  if (!config.registry_uri.starts_with("sqlite:")) options.cache_folder = config.serve.cache_folder;
  options.spool_folder = std::filesystem::path(config.serve.spool_folder) /
                         fmt::format("{}-{:016x}", identifier(config.pipeline.name),
                                     hash64(config.pipeline.name + '\n' + without_secrets(config.store_uri)));
  return options;
}

/// What is wrong with the store is told now, unless waiting may mend it.
void look_at_store(const std::function<std::unique_ptr<Store>()>& open) {
  try {
    open();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnavailable && error.code() != ErrorCode::kTimeout) throw;
    log(LogLevel::kWarning,
        fmt::format("predictions are served, and kept on the disk until the store is back: {}", error.what()));
  }
}

/// The files whose pipelines are run here: the one that is served, and others, in whose folder it may lie. Where there
/// are others, what keeps any of them from being run is told now; a pipeline alone is served, be it run or not.
std::vector<std::filesystem::path> files_to_run(const std::string& file, const std::vector<std::string>& others,
                                                const PipelineConfig& config, Invocation& invocation) {
  if (others.empty()) return {file};
  if (config.runner.threads == 0)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: [runner] threads = 0 leaves all running to `veleta runner`: expected no more files, "
                            "or threads of 1 or more",
                            file));
  auto files = pipeline_files(others);
  std::erase_if(files, [&](const auto& other) {
    std::error_code absent;
    return std::filesystem::equivalent(other, file, absent);
  });
  files.insert(files.begin(), file);
  first_config(files, invocation);
  return files;
}

void serve(const std::string& file, const std::vector<std::string>& others, int port, Invocation& invocation) {
  const PipelineConfig config = load_config(file, invocation.plugins(), ConfigScope::kAllButSourceAndDrift);
  const auto files = files_to_run(file, others, config, invocation);
  const auto open = [&config] { return open_store(config.store_uri, store_options(config, kPatience)); };
  look_at_store(open);
  const auto registry = open_registry(config.registry_uri);
  ServeOptions options = serve_options(config);
  if (port >= 0) options.port = static_cast<uint16_t>(port);
  std::optional<Server> server;  // outlives the runner, which tells it what it does
  std::optional<RunnerThread> runner;
  options.on_request = [&runner] {
    if (runner) runner->wake();
  };
  server.emplace(options, open, *registry, invocation.plugins());
  if (config.runner.threads > 0) runner.emplace(files, invocation, [&server] { server->store_changed(); });
  const std::jthread watch = on_interrupt([&server] { server->stop(); });
  fmt::print("serving {} on http://{}:{}\n", config.pipeline.name, options.host, server->port());
  // A registry on another machine is asked by the server, which does not wait for it.
  if (options.cache_folder.empty() && !registry->version_by_alias(config.pipeline.name, kProductionAlias))
    fmt::print("no production model yet: `veleta run {}` trains one; it is served as soon as it is promoted\n", file);
  std::fflush(stdout);
  server->run();
}

}  // namespace

void add_serve_command(CLI::App& app, Invocation& invocation) {
  auto file = std::make_shared<std::string>();
  auto port = std::make_shared<int>(-1);
  CLI::App* command = app.add_subcommand("serve", "Serve the production model over HTTP, and follow promotions");
  auto others = std::make_shared<std::vector<std::string>>();
  command->add_option("CONFIG", *file, "The pipeline's file")->required();
  command->add_option(
      "MORE", *others,
      "Files, or folders of them, of pipelines that are run here and not served; all share CONFIG's store");
  command->add_option("--port", *port, "Listen on this port instead; 0: any free one")->check(CLI::Range(0, 65535));
  command->callback([&invocation, file, others, port] { serve(*file, *others, *port, invocation); });
}

}  // namespace veleta
