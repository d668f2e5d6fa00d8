#include "contract_under_test.hpp"

namespace veleta::testing {

std::vector<CheckResult> check_in(const std::filesystem::path& folder, PluginKind kind, const std::string& name,
                                  const CheckOptions& options) {
  PluginHost host({folder});
  return check_plugin(host, kind, name, options);
}

std::vector<std::string> with_outcome(const std::vector<CheckResult>& results, CheckOutcome outcome) {
  std::vector<std::string> texts;
  for (const auto& result : results)
    if (result.outcome == outcome) texts.push_back(result.name + ": " + result.detail);
  return texts;
}

}  // namespace veleta::testing
