#pragma once

#include <gmock/gmock.h>
#include <string>
#include <vector>

#include "contract/contract.hpp"

namespace veleta::testing {

/// The checks of one plugin in a folder.
std::vector<CheckResult> check_in(const std::filesystem::path& folder, PluginKind kind, const std::string& name,
                                  const CheckOptions& options = {});

/// "name: detail" of the checks with that outcome.
std::vector<std::string> with_outcome(const std::vector<CheckResult>& results, CheckOutcome outcome);
inline std::vector<std::string> failures(const std::vector<CheckResult>& results) {
  return with_outcome(results, CheckOutcome::kFailed);
}

}  // namespace veleta::testing
