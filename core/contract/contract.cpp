#include "contract/contract.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "check.hpp"
#include "isolated.hpp"
#include "settings.hpp"

namespace veleta {

namespace {

using namespace contract;

std::vector<Check> checks_of(PluginKind kind) {
  std::vector<Check> checks = description_checks(), more;
  if (kind == PluginKind::kDetector) {
    more = detector_checks();
    const auto of_watches = watch_checks();
    more.insert(more.end(), of_watches.begin(), of_watches.end());
  }
  if (kind == PluginKind::kLearner) more = learner_checks();
  if (kind == PluginKind::kExplainer) more = explainer_checks();
  checks.insert(checks.end(), more.begin(), more.end());
  return checks;
}

void require_known(const PluginHost& host, PluginKind kind, const std::string& name) {
  const auto plugins = host.list();
  if (std::ranges::none_of(plugins, [&](const auto& plugin) { return plugin.kind == kind && plugin.name == name; }))
    throw Error(ErrorCode::kNotFound, fmt::format("there is no {} '{}'", to_string(kind), name));
}

/// Why nothing could be checked: the caller's mistake, not the plugin's.
constexpr char kWrongSettings = 's';

/// What the child answers: the outcome's digit or kWrongSettings, then the detail.
std::string answer(CheckOutcome outcome, const std::string& detail) {
  return std::to_string(static_cast<int>(outcome)) + detail;
}

std::string run_check(const Check& check, Subject& subject) {
  try {
    return answer(CheckOutcome::kPassed, check.run(subject));
  } catch (const NotApplicable& reason) {
    return answer(CheckOutcome::kSkipped, reason.what());
  } catch (const std::exception& error) {
    return answer(CheckOutcome::kFailed, error.what());
  }
}

std::string judge(const Check& check, Subject subject, const CheckOptions& options) {
  try {
    if (check.needs_instance) subject.values = values_of(subject.description().params, options.settings);
  } catch (const NotApplicable& missing) {
    return answer(CheckOutcome::kSkipped, missing.what());
  } catch (const Error& error) {
    return kWrongSettings + std::string(error.what());
  }
  return run_check(check, subject);
}

CheckResult result_of(const Check& check, const IsolatedOutcome& outcome) {
  if (!outcome.failure.empty()) return {check.name, CheckOutcome::kFailed, outcome.failure};
  if (outcome.answer.empty()) return {check.name, CheckOutcome::kFailed, "ended the process"};
  const std::string detail = outcome.answer.substr(1);
  if (outcome.answer[0] == kWrongSettings) throw Error(ErrorCode::kInvalidArgument, detail);
  return {check.name, static_cast<CheckOutcome>(outcome.answer[0] - '0'), detail};
}

}  // namespace

const char* to_string(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kPassed: return "passed";
    case CheckOutcome::kFailed: return "failed";
    default: return "skipped";
  }
}

std::vector<CheckResult> check_plugin(PluginHost& host, PluginKind kind, const std::string& name,
                                      const CheckOptions& options) {
  require_known(host, kind, name);
  const Subject subject{host, kind, name, {}};
  std::vector<CheckResult> results;
  std::string reason_to_skip;
  for (const Check& check : checks_of(kind)) {
    if (!reason_to_skip.empty()) {
      results.push_back({check.name, CheckOutcome::kSkipped, reason_to_skip});
      continue;
    }
    const IsolatedOutcome outcome = run_isolated([&] { return judge(check, subject, options); }, options.time_limit);
    results.push_back(result_of(check, outcome));
    if (outcome.timed_out)
      reason_to_skip = "not run after the time-out of " + check.name;
    else if (check.comes_first && !all_kept(results))
      reason_to_skip = "not run, as " + check.name + " failed";
  }
  return results;
}

bool all_kept(const std::vector<CheckResult>& results) {
  return std::ranges::none_of(results, [](const auto& result) { return result.outcome == CheckOutcome::kFailed; });
}

}  // namespace veleta
