#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "drift/drift.hpp"
#include "model_detectors.hpp"
#include "prepared_column.hpp"

namespace veleta {

namespace {

std::vector<std::string> column_names(const Profile& reference, const Profile& current) {
  std::vector<std::string> names;
  for (const Profile* profile : {&reference, &current})
    for (const auto& column : profile->columns) names.push_back(column.name);
  return names;
}

void check_named_columns(const Profile& reference, const Profile& current, const std::vector<DetectorUse>& detectors) {
  for (const auto& use : detectors)
    for (const auto& name : use.columns)
      if (!reference.find(name) && !current.find(name))
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("detector '{}' is to look at column '{}', which neither window has.{}", use.name, name,
                                did_you_mean(name, column_names(reference, current))));
}

bool names_column(const DetectorUse& use, const std::string& column) {
  return std::find(use.columns.begin(), use.columns.end(), column) != use.columns.end();
}

bool can_compare(const DetectorUse& use, bool category) {
  return category ? use.detector->compares_categories() : use.detector->compares_numbers();
}

/// A detector looks at the columns named for it, or at all that it can compare.
bool looks_at(const DetectorUse& use, const ColumnProfile& column) {
  if (!use.columns.empty()) return names_column(use, column.name);
  return can_compare(use, column.type == ColumnType::kCategory);
}

DriftResult compare(const DetectorUse& use, const PreparedColumn& column) {
  if (!can_compare(use, column.is_category()))
    throw Error(ErrorCode::kUnsupported, fmt::format("detector '{}' does not compare {}", use.name,
                                                     column.is_category() ? "categories" : "numbers"));
  return column.is_category() ? use.detector->compare(column.categorical_reference(), column.categorical_current())
                              : use.detector->compare(column.numeric_reference(), column.numeric_current());
}

/// The two profiles of one column and what all detectors said of them.
class ColumnComparison {
 public:
  ColumnComparison(const ColumnProfile& reference, const ColumnProfile& current)
      : reference_(reference), current_(current) {}

  ColumnDrift run(const DetectorUse& use) {
    ColumnDrift drift;
    drift.column = reference_.name;
    drift.detector = use.name;
    drift.reference_rows = reference_.row_count;
    drift.current_rows = current_.row_count;
    try {
      drift.result = compare(use, prepared());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
      if (error.code() != ErrorCode::kUnsupported)
        throw Error(ErrorCode::kPlugin, fmt::format("column '{}': {}", reference_.name, error.what()));
      drift.verdict = DriftVerdict::kNotJudged;
      drift.result.detail = error.what();
    }
    return drift;
  }

 private:
  const PreparedColumn& prepared() {
    if (!prepared_) prepared_.emplace(reference_, current_);
    return *prepared_;
  }

  const ColumnProfile& reference_;
  const ColumnProfile& current_;
  std::optional<PreparedColumn> prepared_;
};

std::vector<ColumnDrift> run_detectors(const Profile& reference, const Profile& current,
                                       const std::vector<DetectorUse>& detectors) {
  std::vector<ColumnDrift> results;
  for (const auto& reference_column : reference.columns) {
    const ColumnProfile* current_column = current.find(reference_column.name);
    if (!current_column) continue;
    ColumnComparison comparison(reference_column, *current_column);
    for (const auto& use : detectors)
      if (looks_at(use, reference_column)) results.push_back(comparison.run(use));
  }
  return results;
}

void adjust_p_values(std::vector<ColumnDrift>& results) {
  std::vector<double> p_values;
  for (const auto& drift : results)
    p_values.push_back(drift.result.has_p_value() ? drift.result.p_value : DriftResult::kNone);
  const auto adjusted = benjamini_hochberg(p_values);
  for (size_t i = 0; i < results.size(); ++i) results[i].adjusted_p = adjusted[i];
}

DriftVerdict verdict_of(const ColumnDrift& drift, double alpha) {
  const DriftResult& result = drift.result;
  const bool shown = !result.has_p_value() || drift.adjusted_p <= alpha;
  const bool matters = result.effect > 0 && result.effect >= result.min_effect;
  if (matters) return shown ? DriftVerdict::kDrifted : DriftVerdict::kUnderpowered;
  // False as well where the detectable effect is unknown (NaN).
  return result.detectable_effect > result.min_effect ? DriftVerdict::kUnderpowered : DriftVerdict::kStable;
}

void weigh(std::vector<ColumnDrift>& results, const std::map<std::string, double>& importance) {
  double total = 0;
  for (const auto& [column, weight] : importance) total += weight;
  if (!(total > 0)) return;
  for (auto& drift : results)
    if (const auto weight = importance.find(drift.column);
        weight != importance.end() && drift.verdict != DriftVerdict::kNotJudged)
      drift.impact = drift.result.effect * weight->second / total;
}

int rank(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kDrifted: return 0;
    case DriftVerdict::kNotJudged: return 1;
    case DriftVerdict::kUnderpowered: return 2;
    case DriftVerdict::kStable: return 3;
  }
  return 4;
}

bool comes_first(const ColumnDrift& a, const ColumnDrift& b) {
  if (a.verdict != b.verdict) return rank(a.verdict) < rank(b.verdict);
  if (a.verdict == DriftVerdict::kNotJudged) return false;
  if (a.impact != b.impact) return a.impact > b.impact;
  return a.result.effect > b.result.effect;
}

}  // namespace

DriftReport detect_drift(const Profile& reference, const Profile& current, std::vector<DetectorUse>& detectors,
                         double alpha, const std::map<std::string, double>& importance, ModelWindows* model) {
  check_named_columns(reference, current, detectors);
  DriftReport report{run_detectors(reference, current, of_subject(detectors, VELETA_OF_DATA)), alpha};
  for (auto& drift : run_model_detectors(reference, current, detectors, model, run_detectors))
    report.results.push_back(std::move(drift));
  adjust_p_values(report.results);
  for (auto& drift : report.results)
    if (drift.verdict != DriftVerdict::kNotJudged) drift.verdict = verdict_of(drift, alpha);
  weigh(report.results, importance);
  std::stable_sort(report.results.begin(), report.results.end(), comes_first);
  return report;
}

}  // namespace veleta
