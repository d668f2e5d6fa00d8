#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "commands.hpp"
#include "usage.hpp"

namespace veleta {

namespace {

volatile std::sig_atomic_t interrupted = 0;

std::filesystem::path own_path(const char* argv0) {
  std::error_code code;
  auto path = std::filesystem::read_symlink("/proc/self/exe", code);
  return code ? std::filesystem::absolute(argv0) : path;
}

std::vector<std::filesystem::path> plugin_search_path(const Invocation& invocation) {
  if (!invocation.plugin_folders.empty()) return {invocation.plugin_folders.begin(), invocation.plugin_folders.end()};
  if (const char* listed = std::getenv("VELETA_PLUGINS")) {
    std::vector<std::filesystem::path> folders;
    for (const auto& folder : CLI::detail::split(listed, ':')) folders.emplace_back(folder);
    return folders;
  }
  return {invocation.program.parent_path().parent_path() / "lib/veleta/plugins"};
}

void catch_interrupts() {
  const auto note = [](int) { interrupted = 1; };
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
  std::signal(SIGPIPE, SIG_IGN);
}

/// Standard error may be closed; that is no error of its own.
void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// What is still buffered counts as printed only once it is out: a full disk is told, not passed over.
void flush_output() {
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "cannot write the output");
}

int parse_and_run(CLI::App& app, Invocation& invocation, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    flush_output();
    return invocation.status;
  } catch (const CLI::Success& help_or_version) {
    app.exit(help_or_version);
    return kExitSuccess;
  } catch (const CLI::ParseError& error) {
    tell(usage_problem(app, error));
    return kExitUsage;
  } catch (const ConfigError& error) {
    tell(error.what());
    return kExitUsage;
  } catch (const Error& error) {
    tell(fmt::format("veleta: {}", error.what()));
    return exit_status(error.code());
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::broken_pipe) return kExitBrokenPipe;
    tell(fmt::format("veleta: {}", error.what()));
    return kExitFailure;
  } catch (const std::exception& error) {
    tell(fmt::format("veleta: {}", error.what()));
    return kExitFailure;
  }
}

}  // namespace

ExitStatus exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return kExitUsage;
    case ErrorCode::kUnavailable: return kExitUnavailable;
    case ErrorCode::kTimeout: return kExitTimeout;
    case ErrorCode::kRefused: return kExitRefused;
    case ErrorCode::kBadData: return kExitBadData;
    case ErrorCode::kPlugin: return kExitPlugin;
    case ErrorCode::kConflict: return kExitConflict;
    case ErrorCode::kPeerFailed: return kExitPeerFailed;
    case ErrorCode::kCancelled: return kExitCancelled;
    default: return kExitFailure;
  }
}

PluginHost& Invocation::plugins() {
  if (!plugins_) plugins_ = std::make_unique<PluginHost>(plugin_search_path(*this));
  return *plugins_;
}

bool was_interrupted() { return interrupted != 0; }

StoreOptions store_options(const PipelineConfig& config, std::chrono::milliseconds patience) {
  StoreOptions options;
  options.blobs = config.store_blobs;
  options.patience = patience;
  return options;
}

std::jthread on_interrupt(std::function<void()> then) {
  return std::jthread([then = std::move(then)](const std::stop_token& ended) {
    while (!was_interrupted() && !ended.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (was_interrupted()) then();
  });
}

}  // namespace veleta

int main(int argc, char** argv) {
  // OpenMP threads that wait must not spin: on a busy machine they would take the cores from those that work.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  veleta::catch_interrupts();
  CLI::App app{"Takes data batch by batch, judges drift, retrains, promotes by rule, and serves predictions with SHAP.",
               "veleta"};
  app.set_version_flag("--version", VELETA_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // options of the program may stand behind its commands
  veleta::Invocation invocation;
  invocation.program = veleta::own_path(argv[0]);
  app.add_option("--plugins", invocation.plugin_folders,
                 "A folder to look for plugins in; may be repeated (default: $VELETA_PLUGINS, with ':' between "
                 "folders; else lib/veleta/plugins beside the program's folder)")
      ->allow_extra_args(false)
      ->type_name("FOLDER");
  app.add_flag_callback(
      "--verbose", [] { veleta::set_log_level(veleta::LogLevel::kDebug); }, "Tell more on standard error");

  veleta::add_run_commands(app, invocation);
  veleta::add_serve_command(app, invocation);
  veleta::add_runner_command(app, invocation);
  veleta::add_explain_command(app, invocation);
  veleta::add_drift_command(app, invocation);
  veleta::add_profile_commands(app, invocation);
  veleta::add_record_commands(app, invocation);
  veleta::add_reproduce_command(app, invocation);
  veleta::add_archive_commands(app, invocation);
  veleta::add_model_commands(app);
  veleta::add_plugin_commands(app, invocation);
  veleta::add_config_commands(app, invocation);
  return veleta::parse_and_run(app, invocation, argc, argv);
}
