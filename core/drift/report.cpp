#include <fmt/format.h>
#include <cmath>

#include "base/text.hpp"
#include "drift/drift.hpp"

namespace veleta {

namespace {

/// "ks: effect 0.83, at least 0.1 matters; p = 0.002; largest gap at 312,000".
std::string evidence(const ColumnDrift& drift) {
  const DriftResult& result = drift.result;
  std::string text =
      fmt::format("{}: effect {:.3g}, at least {:.3g} matters", drift.detector, result.effect, result.min_effect);
  if (!std::isnan(drift.adjusted_p)) {
    const std::string p = p_value_text(drift.adjusted_p);
    text += (p.starts_with('<') ? "; p " : "; p = ") + p;
  }
  if (!result.detail.empty()) text += "; " + result.detail;
  return text;
}

const char* direction_word(int direction) { return direction > 0 ? " up" : direction < 0 ? " down" : ""; }

}  // namespace

std::string p_value_text(double p) {
  if (p < 1e-300) return "< 1e-300";
  return p < 0.001 ? fmt::format("{:.1e}", p) : fmt::format("{:.2g}", p);
}

const char* to_string(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kStable: return "stable";
    case DriftVerdict::kDrifted: return "drifted";
    case DriftVerdict::kUnderpowered: return "underpowered";
    case DriftVerdict::kNotJudged: return "not_judged";
  }
  return "unknown";
}

std::string ColumnDrift::sentence() const {
  switch (verdict) {
    case DriftVerdict::kDrifted:
      return fmt::format("{} drifted{} ({})", column, direction_word(result.direction), evidence(*this));
    case DriftVerdict::kUnderpowered:
      if (result.effect >= result.min_effect)
        return fmt::format("{} may have drifted{}, or differ by chance ({})", column, direction_word(result.direction),
                           evidence(*this));
      return fmt::format("{} has too few rows to tell: {} against {} could show an effect of {:.3g} at least ({})",
                         column, with_thousands(current_rows), with_thousands(reference_rows), result.detectable_effect,
                         evidence(*this));
    case DriftVerdict::kNotJudged:
      return fmt::format("{} could not be judged ({}: {})", column, detector, result.detail);
    case DriftVerdict::kStable: break;
  }
  return fmt::format("{} is stable ({})", column, evidence(*this));
}

std::vector<const ColumnDrift*> DriftReport::with(DriftVerdict verdict) const {
  std::vector<const ColumnDrift*> found;
  for (const auto& drift : results)
    if (drift.verdict == verdict) found.push_back(&drift);
  return found;
}

json::value to_json(const ColumnDrift& drift) {
  const DriftResult& result = drift.result;
  return json::object{{"column", drift.column},
                      {"detector", drift.detector},
                      {"verdict", to_string(drift.verdict)},
                      {"sentence", drift.sentence()},
                      {"statistic", number_or_null(result.statistic)},
                      {"p_value", result.has_p_value() ? json::value(result.p_value) : nullptr},
                      {"adjusted_p", number_or_null(drift.adjusted_p)},
                      {"effect", number_or_null(result.effect)},
                      {"min_effect", number_or_null(result.min_effect)},
                      {"detectable_effect", number_or_null(result.detectable_effect)},
                      {"direction", result.direction},
                      {"impact", drift.impact},
                      {"reference_rows", drift.reference_rows},
                      {"current_rows", drift.current_rows},
                      {"detail", result.detail}};
}

json::value to_json(const DriftReport& report) {
  json::array results;
  for (const auto& drift : report.results) results.push_back(to_json(drift));
  return json::object{{"alpha", report.alpha}, {"adjusted_by", "benjamini_hochberg"}, {"results", std::move(results)}};
}

}  // namespace veleta
