#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace veleta::contract {

/// How a function that ran in a process of its own ended.
struct IsolatedOutcome {
  std::string answer;   ///< what it returned
  std::string failure;  ///< "crashed (SIGSEGV: Segmentation fault)"; empty: it returned
  bool timed_out = false;
};

/// Runs `body` in a child of this process, killed after `limit`. What it writes to standard output goes to standard
/// error. To be called while this process has one thread. Throws kInternal where no child can be made.
IsolatedOutcome run_isolated(const std::function<std::string()>& body, std::chrono::milliseconds limit);

}  // namespace veleta::contract
