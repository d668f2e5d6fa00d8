#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "config/pipeline_config.hpp"
#include "plugins/plugin_host.hpp"
#include "store/store.hpp"

namespace CLI {
class App;
}

namespace veleta {

/// The program's exit statuses. A decision of any kind, nothing new and the end of the data are successes.
enum ExitStatus {
  kExitSuccess = 0,
  kExitFailure = 1,      ///< anything not below
  kExitUsage = 2,        ///< wrong arguments, or a pipeline file with errors
  kExitUnavailable = 3,  ///< the source, a server or the store cannot be reached, or is full
  kExitTimeout = 4,
  kExitRefused = 5,        ///< the source understood and said no
  kExitBadData = 6,        ///< what came is broken: truncated, not of its format
  kExitPlugin = 7,         ///< a plugin crashed, hung, or broke its contract
  kExitConflict = 8,       ///< another process runs this pipeline, or somebody moved what this one was to move
  kExitPeerFailed = 9,     ///< the source was reached and failed: an error of the server, a connection lost midway
  kExitDrifted = 10,       ///< something drifted, where --fail-on asks for a status
  kExitUnderpowered = 11,  ///< there are too few rows to tell, likewise
  kExitCancelled = 130,
  kExitBrokenPipe = 141,  ///< whoever read the output went away
};
ExitStatus exit_status(ErrorCode code);

/// What every command gets.
struct Invocation {
  std::filesystem::path program;            ///< this binary
  std::vector<std::string> plugin_folders;  ///< --plugins
  int status = kExitSuccess;                ///< what the command leaves

  /// --plugins; else $VELETA_PLUGINS (folders with ':' between); else lib/veleta/plugins beside the program's folder.
  PluginHost& plugins();

 private:
  std::unique_ptr<PluginHost> plugins_;
};

/// As the pipeline's file says, with so much patience for a server that is away.
StoreOptions store_options(const PipelineConfig& config, std::chrono::milliseconds patience = StoreOptions().patience);

/// Set when the user interrupts (SIGINT, SIGTERM).
bool was_interrupted();
/// Calls `then` when the user interrupts, from the thread that it returns; not any more once that is destroyed.
[[nodiscard]] std::jthread on_interrupt(std::function<void()> then);

// Each adds its commands to the program.
void add_run_commands(CLI::App& app, Invocation& invocation);
void add_archive_commands(CLI::App& app, Invocation& invocation);
void add_reproduce_command(CLI::App& app, Invocation& invocation);
void add_record_commands(CLI::App& app, Invocation& invocation);
void add_model_commands(CLI::App& app);
void add_plugin_commands(CLI::App& app, Invocation& invocation);
void add_profile_commands(CLI::App& app, Invocation& invocation);
void add_config_commands(CLI::App& app, Invocation& invocation);
void add_drift_command(CLI::App& app, Invocation& invocation);
void add_explain_command(CLI::App& app, Invocation& invocation);
void add_serve_command(CLI::App& app, Invocation& invocation);
void add_runner_command(CLI::App& app, Invocation& invocation);

}  // namespace veleta
