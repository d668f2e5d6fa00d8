#include "pipeline/promotion.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.hpp"

namespace veleta {

namespace {

double value_of(const Metrics& metrics, const std::string& name) {
  const auto found = metrics.find(name);
  return found == metrics.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

/// How much better the challenger is, as a share of the champion's value.
double improvement(const std::string& metric, double champion, double challenger) {
  const double difference = lower_is_better(metric) ? champion - challenger : challenger - champion;
  if (difference == 0) return 0;
  return difference / std::abs(champion);
}

GateResult judge(const std::string& metric, double at_least, const Metrics& challenger, const Metrics& champion) {
  GateResult result{metric, value_of(champion, metric), value_of(challenger, metric), 0, at_least, false};
  result.change = improvement(metric, result.champion, result.challenger);
  result.passed = result.change >= at_least;  // NaN does not pass
  return result;
}

std::string human_metric(double value) {
  return std::abs(value) >= 1000 ? with_thousands(value) : fmt::format("{:.4g}", value);
}

}  // namespace

std::string GateResult::sentence() const {
  const std::string asked = at_least >= 0 ? fmt::format("{:.1f} % better asked for", at_least * 100)
                                          : fmt::format("{:.1f} % worse allowed", -at_least * 100);
  const std::string before = human_metric(champion), now = human_metric(challenger);
  const std::string found = now == before
                                ? "no better"
                                : fmt::format("{:.1f} % {}", std::abs(change) * 100, change >= 0 ? "better" : "worse");
  return fmt::format("{} {} against {}: {}, {}", metric, now, before, found, asked);
}

json::value to_json(const GateResult& gate) {
  return {{"metric", gate.metric},
          {"champion", number_or_null(gate.champion)},
          {"challenger", number_or_null(gate.challenger)},
          {"change", number_or_null(gate.change)},
          {"at_least", gate.at_least},
          {"passed", gate.passed}};
}

std::string PromotionVerdict::sentence() const {
  if (!unmeasured.empty()) return fmt::format("Rejected: its {} could not be measured.", join(unmeasured, " and "));
  if (gates.empty()) return "Promoted: it is the first model.";
  std::vector<std::string> told;
  for (const auto& gate : gates)
    if (promote || !gate.passed) told.push_back(gate.sentence());
  return (promote ? "Promoted: " : "Rejected: ") + join(told, "; ") + ".";
}

PromotionVerdict judge_challenger(const Metrics& challenger, const std::optional<Metrics>& champion,
                                  const std::vector<Gate>& gates) {
  PromotionVerdict verdict;
  for (const auto& gate : gates)
    if (!std::isfinite(value_of(challenger, gate.metric)) &&
        std::ranges::find(verdict.unmeasured, gate.metric) == verdict.unmeasured.end())
      verdict.unmeasured.push_back(gate.metric);
  if (!champion || !verdict.unmeasured.empty()) {
    verdict.promote = verdict.unmeasured.empty();
    return verdict;
  }
  for (const auto& gate : gates) {
    if (gate.improves_by) verdict.gates.push_back(judge(gate.metric, *gate.improves_by, challenger, *champion));
    if (gate.worsens_by_at_most)
      verdict.gates.push_back(judge(gate.metric, -*gate.worsens_by_at_most, challenger, *champion));
  }
  verdict.promote =
      std::all_of(verdict.gates.begin(), verdict.gates.end(), [](const auto& gate) { return gate.passed; });
  return verdict;
}

}  // namespace veleta
