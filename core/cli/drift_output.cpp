#include "drift_output.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

constexpr const char* kNoNumber = "–";

std::string number_text(double number) { return std::isnan(number) ? kNoNumber : fmt::format("{:.3g}", number); }

std::vector<std::string> line_of(const ColumnVerdict& column, const DriftReport& report) {
  const ColumnDrift* drift = worst(column, report);
  std::vector<std::string> line{name_text(column), to_string(column.verdict)};
  const bool judged = drift && drift->verdict != DriftVerdict::kNotJudged;
  const auto add = [&](std::string text) { line.push_back(judged ? std::move(text) : kNoNumber); };
  line.push_back(drift ? drift->detector : kNoNumber);
  add(judged ? effect_text(*drift) : "");
  add(judged ? interval_text(*drift) : "");
  add(judged ? adjusted_p_text(*drift) : "");
  add(judged ? direction_text(*drift) : "");
  if (has_impact(report)) add(judged ? number_text(drift->impact) : "");
  line.push_back(where_text(column, report));
  return line;
}

json::object window_json(const DriftWindow& window) {
  return {{"file", window.path}, {"rows", window.profile.row_count}, {"is_profile", !window.rows.has_value()}};
}

/// As a reader sees it.
bool has_other_missing_share(const ColumnVerdict& column) {
  return share_text(column.reference_missing_share()) != share_text(column.current_missing_share());
}

}  // namespace

std::string name_text(const ColumnVerdict& column) { return place_text(column.column, column.segment); }

const ColumnDrift* worst(const ColumnVerdict& column, const DriftReport& report) {
  return column.results.empty() ? nullptr : &report.results[column.results.front()];
}

std::string effect_text(const ColumnDrift& drift) { return number_text(drift.result.effect); }

std::string interval_text(const ColumnDrift& drift) {
  if (std::isnan(drift.result.effect_low) || std::isnan(drift.result.effect_high)) return kNoNumber;
  return number_text(drift.result.effect_low) + " to " + number_text(drift.result.effect_high);
}

std::string direction_text(const ColumnDrift& drift) {
  return drift.result.direction > 0 ? "up" : drift.result.direction < 0 ? "down" : kNoNumber;
}

std::string adjusted_p_text(const ColumnDrift& drift) {
  return std::isnan(drift.adjusted_p) ? kNoNumber : p_value_text(drift.adjusted_p);
}

std::string missing_text(const ColumnVerdict& column) {
  const double before = column.reference_missing_share(), now = column.current_missing_share();
  if (std::isnan(before) && std::isnan(now)) return "";
  if (std::isnan(before)) return share_text(now) + " missing";
  if (std::isnan(now)) return share_text(before) + " missing";
  return has_other_missing_share(column) ? share_text(before) + " to " + share_text(now) + " missing"
                                         : share_text(now) + " missing";
}

std::string where_text(const ColumnVerdict& column, const DriftReport& report) {
  if (!column.note.empty()) return column.note;
  if (column.verdict == DriftVerdict::kNotJudged) {
    return worst(column, report)->result.detail;
  }
  std::string text = where_text(column.movement, column.type);
  if (has_other_missing_share(column)) text += (text.empty() ? "" : "; ") + missing_text(column);
  return text;
}

bool has_impact(const DriftReport& report) {
  return std::ranges::any_of(report.results, [](const ColumnDrift& drift) { return drift.impact > 0; });
}

void print_drift(const ToldDrift& drift) {
  std::vector<std::string> headings{"COLUMN", "VERDICT", "BY", "EFFECT", "95 % CI", "P", "DIRECTION"};
  if (has_impact(drift.report)) headings.emplace_back("IMPACT");
  headings.emplace_back("WHERE");
  TextTable table(headings);
  for (const auto& column : drift.report.columns) table.add(line_of(column, drift.report));
  fmt::print("{}\n\n{}", drift.report.sentence(), table.text(terminal_width()));
  for (const auto& remark : drift.remarks) fmt::print("note: {}\n", remark);
}

json::object json_of(const ToldDrift& drift) {
  json::object object{{"reference", window_json(drift.reference)}, {"current", window_json(drift.current)}};
  object["remarks"] = json::array(drift.remarks.begin(), drift.remarks.end());
  json::value report = to_json(drift.report);
  for (auto& [key, value] : report.as_object()) object[key] = std::move(value);
  return object;
}

}  // namespace veleta
