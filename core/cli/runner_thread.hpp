#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "commands.hpp"
#include "runner/runner.hpp"

namespace veleta {

/// Files as they are, folders as the .toml files in them. Throws kInvalidArgument for a folder without any.
std::vector<std::filesystem::path> pipeline_files(const std::vector<std::string>& arguments);

/// The first pipeline's file, read with the others: what a runner's store and settings are taken from. Throws
/// ConfigError for a wrong file, and kInvalidArgument where two name one pipeline or the files name several stores.
PipelineConfig first_config(const std::vector<std::filesystem::path>& files, Invocation& invocation);

/// As the first pipeline's file says.
RunnerOptions runner_options(const std::vector<std::filesystem::path>& files, const PipelineConfig& first,
                             const Invocation& invocation);

/// A runner beside something else, which goes on without it: it opens its store by itself, waits for one that is away,
/// and says in the log why it cannot run. Ends when destroyed.
class RunnerThread {
 public:
  /// `on_change` as RunnerOptions has it.
  RunnerThread(std::vector<std::filesystem::path> files, Invocation& invocation, std::function<void()> on_change);
  /// There may be a request. Thread-safe.
  void wake();

 private:
  void run(const std::vector<std::filesystem::path>& files, Invocation& invocation, const std::stop_token& stopped);

  const std::function<void()> on_change_;
  std::mutex mutex_;
  Runner* runner_ = nullptr;  ///< while it runs; guarded by mutex_
  std::jthread thread_;
};

}  // namespace veleta
