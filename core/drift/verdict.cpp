#include "verdict.hpp"

#include <algorithm>
#include <tuple>

namespace veleta {

namespace {

void adjust_p_values(std::vector<ColumnDrift>& results) {
  std::vector<double> p_values;
  for (const auto& drift : results)
    p_values.push_back(drift.result.has_p_value() ? drift.result.p_value : DriftResult::kNone);
  const auto adjusted = benjamini_hochberg(p_values);
  for (size_t i = 0; i < results.size(); ++i) results[i].adjusted_p = adjusted[i];
}

bool matters(const DriftResult& result) { return result.effect > 0 && result.effect >= result.min_effect; }

DriftVerdict verdict_of(const ColumnDrift& drift, double alpha) {
  const DriftResult& result = drift.result;
  const bool shown = !result.has_p_value() || drift.adjusted_p <= alpha;
  if (matters(result)) return shown ? DriftVerdict::kDrifted : DriftVerdict::kUnderpowered;
  // False as well where the detectable effect is unknown (NaN).
  return result.detectable_effect > result.min_effect ? DriftVerdict::kUnderpowered : DriftVerdict::kStable;
}

void weigh(std::vector<ColumnDrift>& results, const std::map<std::string, double>& importance) {
  double total = 0;
  for (const auto& [column, weight] : importance) total += weight;
  if (!(total > 0)) return;
  for (auto& drift : results)
    if (const auto weight = importance.find(drift.column);
        weight != importance.end() && drift.is_column && drift.verdict != DriftVerdict::kNotJudged)
      drift.impact = drift.result.effect * weight->second / total;
}

/// Of a list's order: what nobody could judge stands where it is seen.
int rank(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kDrifted: return 0;
    case DriftVerdict::kNotJudged: return 1;
    case DriftVerdict::kUnderpowered: return 2;
    case DriftVerdict::kStable: return 3;
  }
  return 4;
}

/// Of a verdict that sums others up: a detector that could not judge takes nothing from what the others say.
int severity(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kDrifted: return 3;
    case DriftVerdict::kUnderpowered: return 2;
    case DriftVerdict::kStable: return 1;
    case DriftVerdict::kNotJudged: return 0;
  }
  return 0;
}

bool comes_first(const ColumnDrift& a, const ColumnDrift& b) {
  if (a.verdict != b.verdict) return rank(a.verdict) < rank(b.verdict);
  if (a.verdict == DriftVerdict::kNotJudged) return a.failed > b.failed;
  if (a.impact != b.impact) return a.impact > b.impact;
  return a.result.effect > b.result.effect;
}

/// Effects of several detectors are in several units: what each counts from is what they have in common.
double multiple(const DriftResult& result) { return result.effect / std::max(result.min_effect, 1e-3); }

void sum_up(DriftReport& report) {
  const auto key = [](const auto& each) { return std::tuple(each.segment, each.column, each.is_column); };
  std::map<std::tuple<std::string, std::string, bool>, ColumnVerdict*> columns;
  for (auto& column : report.columns) columns.emplace(key(column), &column);
  for (size_t i = 0; i < report.results.size(); ++i) {
    const ColumnDrift& drift = report.results[i];
    const auto found = columns.find(key(drift));
    if (found == columns.end()) continue;
    ColumnVerdict& column = *found->second;
    column.results.push_back(i);
    if (severity(drift.verdict) > severity(column.verdict)) column.verdict = drift.verdict;
  }
  for (auto& column : report.columns) {
    if (column.results.empty() && column.note.empty()) column.note = "no detector looks at it";
    std::ranges::stable_sort(column.results, [&](size_t a, size_t b) {
      const ColumnDrift &one = report.results[a], &other = report.results[b];
      if (one.verdict != other.verdict) return severity(one.verdict) > severity(other.verdict);
      return one.verdict != DriftVerdict::kNotJudged && multiple(one.result) > multiple(other.result);
    });
  }
}

double greatest_impact(const ColumnVerdict& column, const std::vector<ColumnDrift>& results) {
  double impact = 0;
  for (const size_t i : column.results) impact = std::max(impact, results[i].impact);
  return impact;
}

double greatest_multiple(const ColumnVerdict& column, const std::vector<ColumnDrift>& results) {
  return column.results.empty() || column.verdict == DriftVerdict::kNotJudged
             ? 0
             : multiple(results[column.results.front()].result);
}

/// Whole windows before segments where the verdict is the same.
void order_columns(DriftReport& report) {
  std::erase_if(report.columns, [](const ColumnVerdict& column) {
    return !column.segment.empty() && column.verdict != DriftVerdict::kDrifted;
  });
  const auto key = [&](const ColumnVerdict& column) {
    return std::tuple(rank(column.verdict), !column.segment.empty(), -greatest_impact(column, report.results),
                      -greatest_multiple(column, report.results));
  };
  std::ranges::stable_sort(report.columns,
                           [&](const ColumnVerdict& a, const ColumnVerdict& b) { return key(a) < key(b); });
}

template <typename Predicate>
size_t count_of_whole(const std::vector<ColumnVerdict>& columns, const Predicate& counts) {
  return static_cast<size_t>(std::ranges::count_if(columns, [&](const ColumnVerdict& column) {
    return column.is_column && column.segment.empty() && counts(column.verdict);
  }));
}

}  // namespace

void reach_verdicts(DriftReport& report, const std::map<std::string, double>& importance) {
  adjust_p_values(report.results);
  for (auto& drift : report.results)
    if (drift.verdict != DriftVerdict::kNotJudged) drift.verdict = verdict_of(drift, report.alpha);
  weigh(report.results, importance);
  std::stable_sort(report.results.begin(), report.results.end(), comes_first);
  sum_up(report);
  order_columns(report);
}

double DriftReport::smallest_p() const {
  double least = 1;
  for (const auto& drift : results)
    if (drift.verdict != DriftVerdict::kNotJudged && matters(drift.result) && drift.adjusted_p < least)
      least = drift.adjusted_p;
  return least;
}

size_t DriftReport::compared_columns() const {
  return count_of_whole(columns, [](DriftVerdict verdict) { return verdict != DriftVerdict::kNotJudged; });
}

size_t DriftReport::drifted_columns() const {
  return count_of_whole(columns, [](DriftVerdict verdict) { return verdict == DriftVerdict::kDrifted; });
}

double DriftReport::drifted_share() const {
  const auto compared = static_cast<double>(compared_columns());
  return compared > 0 ? static_cast<double>(drifted_columns()) / compared : 0;
}

DriftVerdict DriftReport::verdict() const {
  DriftVerdict worst = DriftVerdict::kNotJudged;
  for (const auto& drift : results)
    if (severity(drift.verdict) > severity(worst)) worst = drift.verdict;
  return worst;
}

}  // namespace veleta
