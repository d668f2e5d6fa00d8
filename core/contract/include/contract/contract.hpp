#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta {

enum class CheckOutcome {
  kPassed,
  kFailed,
  kSkipped,  ///< does not apply to this plugin, or could not be run
};

/// "passed", "failed", "skipped".
const char* to_string(CheckOutcome outcome);

/// One rule of a kind's contract, and whether a plugin keeps it.
struct CheckResult {
  std::string name;  ///< "same_seed_same_bytes"
  CheckOutcome outcome = CheckOutcome::kPassed;
  std::string detail;  ///< one line: what was seen, or what was expected and what was found
};

struct CheckOptions {
  std::map<std::string, std::string> settings = {};  ///< parameters' values as text; the others have their defaults
  std::chrono::milliseconds time_limit = std::chrono::seconds(60);  ///< for each check
};

/// Checks a plugin against the contract of its kind, from outside and through the handles that the host itself uses. A
/// source is created and never called: what it would do to the other side is not known.
///
/// Each check runs in a process of its own, so that a crash or a hang is a result like any other; after a hang the rest
/// is skipped. To be called while no other thread of this process runs. Throws kNotFound for a plugin that the host
/// does not have, kInvalidArgument for settings that do not fit.
std::vector<CheckResult> check_plugin(PluginHost& host, PluginKind kind, const std::string& name,
                                      const CheckOptions& options = {});

/// Whether no check failed.
bool all_kept(const std::vector<CheckResult>& results);

}  // namespace veleta
