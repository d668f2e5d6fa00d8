#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.hpp"
#include "drift/drift.hpp"

namespace veleta {

namespace {

constexpr size_t kToldNames = 5;

bool is_interval(const DriftResult& result) {
  return !std::isnan(result.effect_low) && !std::isnan(result.effect_high);
}

/// "ks: effect 0.83 (0.81 to 0.84), at least 0.1 matters; p = 0.002; largest gap at 312,000".
std::string evidence(const ColumnDrift& drift) {
  const DriftResult& result = drift.result;
  std::string text = fmt::format("{}: effect {:.3g}", drift.detector, result.effect);
  if (is_interval(result)) text += fmt::format(" ({:.3g} to {:.3g})", result.effect_low, result.effect_high);
  text += fmt::format(", at least {:.3g} matters", result.min_effect);
  if (!std::isnan(drift.adjusted_p)) {
    const std::string p = p_value_text(drift.adjusted_p);
    text += (p.starts_with('<') ? "; p " : "; p = ") + p;
  }
  if (!result.detail.empty()) text += "; " + result.detail;
  return text;
}

const char* direction_word(int direction) { return direction > 0 ? " up" : direction < 0 ? " down" : ""; }

std::string where(const ColumnDrift& drift) { return drift.segment.empty() ? "" : " where " + drift.segment; }

std::string underpowered_sentence(const ColumnDrift& drift) {
  const DriftResult& result = drift.result;
  const bool is_known = !std::isnan(result.detectable_effect);
  if (result.effect >= result.min_effect)
    return fmt::format("{} may have drifted{}{}, or differ by chance{} ({})", drift.column,
                       direction_word(result.direction), where(drift),
                       is_known ? fmt::format(": {} rows against {} could show an effect of {:.3g} at least",
                                              with_thousands(drift.current_rows), with_thousands(drift.reference_rows),
                                              result.detectable_effect)
                                : "",
                       evidence(drift));
  return fmt::format("{} has too few rows to tell{}: {} against {} could show an effect of {:.3g} at least ({})",
                     drift.column, where(drift), with_thousands(drift.current_rows),
                     with_thousands(drift.reference_rows), result.detectable_effect, evidence(drift));
}

/// Names in order, each once.
class Names {
 public:
  void add(const std::string& name) {
    if (seen_.insert(name).second) names_.push_back(name);
  }
  size_t count() const { return names_.size(); }
  std::string text() const {
    const std::vector<std::string> told(names_.begin(),
                                        names_.begin() + static_cast<std::ptrdiff_t>(std::min(count(), kToldNames)));
    return join(told, ", ") + (count() > kToldNames ? fmt::format(" and {} more", count() - kToldNames) : "");
  }

 private:
  std::vector<std::string> names_;
  std::set<std::string> seen_;
};

std::string plural(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string place_text(const std::string& column, const std::string& segment) {
  return segment.empty() ? column : column + " where " + segment;
}

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
      return fmt::format("{} drifted{}{} ({})", column, direction_word(result.direction), where(*this),
                         evidence(*this));
    case DriftVerdict::kUnderpowered: return underpowered_sentence(*this);
    case DriftVerdict::kNotJudged:
      return fmt::format("{}{} could not be judged ({}: {})", column, where(*this), detector, result.detail);
    case DriftVerdict::kStable: break;
  }
  return fmt::format("{} is stable{} ({})", column, where(*this), evidence(*this));
}

std::vector<const ColumnDrift*> DriftReport::with(DriftVerdict verdict) const {
  std::vector<const ColumnDrift*> found;
  for (const auto& drift : results)
    if (drift.verdict == verdict) found.push_back(&drift);
  return found;
}

std::string DriftReport::sentence() const {
  Names drifted, besides, in_segments, segments_with, underpowered, not_judged, absent, unseen;
  for (const auto& column : columns) {
    if (!column.segment.empty()) {
      in_segments.add(place_text(column.column, column.segment));
      segments_with.add(column.segment);
      continue;
    }
    if (column.verdict == DriftVerdict::kDrifted) (column.is_column ? drifted : besides).add(column.column);
    if (column.verdict == DriftVerdict::kUnderpowered) underpowered.add(column.column);
    if (column.verdict == DriftVerdict::kNotJudged)
      (column.is_absent() ? absent : column.results.empty() ? unseen : not_judged).add(column.column);
  }
  const std::string compared = plural(compared_columns(), "column");
  std::string text = drifted.count() > 0
                         ? fmt::format("{} of {} drifted: {}", drifted.count(), compared, drifted.text())
                         : fmt::format("None of {} drifted", compared);
  if (besides.count() > 0) text += fmt::format("; {} drifted", besides.text());
  if (segments_with.count() > 0)
    text +=
        fmt::format("; in {} of {}: {}", segments_with.count(), plural(segments.size(), "segment"), in_segments.text());
  else if (!segments.empty())
    text += fmt::format(", nor did any in {}", plural(segments.size(), "segment"));
  text += ".";
  if (underpowered.count() > 0) text += fmt::format(" Too few rows to tell of {}.", underpowered.text());
  if (not_judged.count() > 0) text += fmt::format(" Nothing can be said of {}.", not_judged.text());
  if (unseen.count() > 0) text += fmt::format(" No detector looks at {}.", unseen.text());
  if (absent.count() > 0) text += fmt::format(" Only one window has {}.", absent.text());
  return text;
}

}  // namespace veleta
