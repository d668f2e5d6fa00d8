#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "config/pipeline_config.hpp"
#include "metrics/metrics.hpp"

namespace veleta {

/// One gate, judged.
struct GateResult {
  std::string metric;
  double champion = 0;
  double challenger = 0;
  double change = 0;    ///< how much better the challenger is, as a share of the champion; negative: worse
  double at_least = 0;  ///< what `change` had to reach
  bool passed = false;

  /// "mae 61,204 against 80,310: 23.8 % better, 3.0 % better asked for".
  std::string sentence() const;
};

json::value to_json(const GateResult& gate);

struct PromotionVerdict {
  bool promote = false;
  std::vector<GateResult> gates;        ///< empty where there was no champion to beat
  std::vector<std::string> unmeasured;  ///< metrics of gates that the challenger has no number for

  std::string sentence() const;
};

/// Judges a challenger against the champion; both were measured on the same rows, none of which either trained on.
/// Without a champion it is promoted, if it has a number for every gate. A gate whose metric either lacks is not
/// passed. Pure.
PromotionVerdict judge_challenger(const Metrics& challenger, const std::optional<Metrics>& champion,
                                  const std::vector<Gate>& gates);

}  // namespace veleta
