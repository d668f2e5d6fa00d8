#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "commands.hpp"
#include "runner/runner.hpp"
#include "runner_thread.hpp"

namespace veleta {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".toml") files.push_back(entry.path());
  if (files.empty())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("folder {} has no .toml file", folder.string()));
  std::sort(files.begin(), files.end());
  return files;
}

using Pipelines = std::vector<std::pair<fs::path, PipelineConfig>>;

/// Where a pipeline's records are, as people are told.
std::string store_text(const PipelineConfig& config) {
  const std::string blobs = config.store_blobs.empty() ? "" : ", blobs in " + without_secrets(config.store_blobs);
  return without_secrets(config.store_uri) + blobs;
}

void require_one_store(const Pipelines& pipelines) {
  std::map<std::pair<std::string, std::string>, std::string> stores;
  for (const auto& [file, config] : pipelines) {
    std::string& told = stores[{config.store_uri, config.store_blobs}];
    told += told.empty() ? store_text(config) + " of " + file.string() : " and " + file.string();
  }
  if (stores.size() == 1) return;
  std::vector<std::string> texts;
  for (const auto& [store, told] : stores) texts.push_back(told);
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("one process runs the pipelines of one store, and these are {} stores: {}. Give all files "
                          "the same [store] uri and blobs (without a uri each pipeline has a file of its own), or "
                          "start a runner for each store",
                          stores.size(), join(texts, "; ")));
}

void require_other_names(const Pipelines& pipelines) {
  std::map<std::string, fs::path> files;
  for (const auto& [file, config] : pipelines)
    if (const auto [place, is_new] = files.emplace(config.pipeline.name, file); !is_new)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{} and {} both name the pipeline '{}'",
                                                           place->second.string(), file.string(), place->first));
}

}  // namespace

PipelineConfig first_config(const std::vector<fs::path>& files, Invocation& invocation) {
  Pipelines pipelines;
  for (const auto& file : files) pipelines.emplace_back(file, load_config(file, invocation.plugins()));
  require_one_store(pipelines);
  require_other_names(pipelines);
  return std::move(pipelines.front().second);
}

std::vector<fs::path> pipeline_files(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  for (const fs::path argument : arguments) {
    if (!fs::is_directory(argument)) {
      files.push_back(argument);
      continue;
    }
    const auto inside = files_in(argument);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

RunnerOptions runner_options(const std::vector<fs::path>& files, const PipelineConfig& first,
                             const Invocation& invocation) {
  RunnerOptions options;
  options.files = files;
  options.program = invocation.program;
  options.threads = static_cast<unsigned>(first.runner.threads);
  options.lease = std::chrono::milliseconds(static_cast<int64_t>(first.runner.lease_s * 1000));
  options.keep = std::chrono::days(first.runner.keep_days);
  return options;
}

RunnerThread::RunnerThread(std::vector<fs::path> files, Invocation& invocation, std::function<void()> on_change)
    : on_change_(std::move(on_change)),
      thread_([this, files = std::move(files), &invocation](const std::stop_token& stopped) {
        run(files, invocation, stopped);
      }) {}

void RunnerThread::run(const std::vector<fs::path>& files, Invocation& invocation, const std::stop_token& stopped) {
  constexpr std::chrono::seconds kPause{1};
  constexpr std::chrono::seconds kPatience{5};
  bool told = false;
  while (!stopped.stop_requested()) {
    try {
      const PipelineConfig first = first_config(files, invocation);
      const auto store = open_store(first.store_uri, store_options(first, kPatience));
      RunnerOptions options = runner_options(files, first, invocation);
      options.on_change = on_change_;
      Runner runner(std::move(options), *store, invocation.plugins());
      const std::stop_callback stop(stopped, [&] { runner.stop(); });
      {
        const std::lock_guard lock(mutex_);
        runner_ = &runner;
      }
      runner.run();
      const std::lock_guard lock(mutex_);
      runner_ = nullptr;
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnavailable && error.code() != ErrorCode::kTimeout) {
        log(LogLevel::kWarning, fmt::format("nothing is run here, and predictions are served: {}", error.what()));
        return;
      }
      if (!std::exchange(told, true))
        log(LogLevel::kWarning, fmt::format("nothing is run here until the store is back: {}", error.what()));
    }
    std::this_thread::sleep_for(kPause);
  }
}

void RunnerThread::wake() {
  const std::lock_guard lock(mutex_);
  if (runner_) runner_->wake();
}

void add_runner_command(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<std::vector<std::string>>();
  auto threads = std::make_shared<int>(0);
  CLI::App* command = app.add_subcommand("runner", "Run what is asked for over HTTP, and what schedules say");
  command->add_option("CONFIG", *arguments, "The pipelines' files, or folders of them; all share one store")
      ->required();
  command->add_option("--threads", *threads, "Runs at a time, instead of what the first file says")
      ->check(CLI::Range(1, 64));
  command->callback([arguments, threads, &invocation] {
    const auto files = pipeline_files(*arguments);
    const PipelineConfig first = first_config(files, invocation);
    const auto store = open_store(first.store_uri, store_options(first));
    RunnerOptions options = runner_options(files, first, invocation);
    if (*threads > 0) options.threads = static_cast<unsigned>(*threads);
    Runner runner(options, *store, invocation.plugins());
    const std::jthread watch = on_interrupt([&runner] { runner.stop(); });
    fmt::print("runner {} of {} pipeline{}\n", runner.name(), files.size(), files.size() == 1 ? "" : "s");
    std::fflush(stdout);
    runner.run();
  });
}

}  // namespace veleta
