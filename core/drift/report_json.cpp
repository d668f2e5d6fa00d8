#include <cmath>

#include "drift/drift.hpp"

namespace veleta {

namespace {

json::value window_json(double rows, double missing, double missing_share) {
  if (std::isnan(rows)) return nullptr;
  return {{"rows", rows}, {"missing", missing}, {"missing_share", number_or_null(missing_share)}};
}

json::value to_json(const ColumnVerdict& column, const DriftReport& report) {
  json::object detectors;
  for (const size_t i : column.results) detectors[report.results[i].detector] = to_string(report.results[i].verdict);
  json::object object{{"column", column.column}};
  if (!column.segment.empty()) object["segment"] = column.segment;
  object["type"] = to_string(column.type);
  object["verdict"] = to_string(column.verdict);
  if (!column.note.empty()) object["note"] = column.note;
  object["detectors"] = std::move(detectors);
  object["where"] = where_text(column.movement, column.type);
  object["reference"] = window_json(column.reference_rows, column.reference_missing, column.reference_missing_share());
  object["current"] = window_json(column.current_rows, column.current_missing, column.current_missing_share());
  object["movement"] = to_json(column.movement);
  return object;
}

bool is_told(const ColumnDrift& drift) {
  return drift.segment.empty() || drift.verdict == DriftVerdict::kDrifted || drift.failed;
}

}  // namespace

std::string column_text(const json::object& result) {
  return place_text(text_or_empty(result, "column"), text_or_empty(result, "segment"));
}

json::value to_json(const ColumnDrift& drift) {
  const DriftResult& result = drift.result;
  json::object object{{"column", drift.column},
                      {"detector", drift.detector},
                      {"verdict", to_string(drift.verdict)},
                      {"sentence", drift.sentence()},
                      {"statistic", number_or_null(result.statistic)},
                      {"p_value", result.has_p_value() ? number_or_null(result.p_value) : nullptr},
                      {"adjusted_p", number_or_null(drift.adjusted_p)},
                      {"effect", number_or_null(result.effect)},
                      {"effect_low", number_or_null(result.effect_low)},
                      {"effect_high", number_or_null(result.effect_high)},
                      {"min_effect", number_or_null(result.min_effect)},
                      {"detectable_effect", number_or_null(result.detectable_effect)},
                      {"direction", result.direction},
                      {"impact", drift.impact},
                      {"reference_rows", drift.reference_rows},
                      {"current_rows", drift.current_rows},
                      {"detail", result.detail}};
  if (!drift.segment.empty()) object["segment"] = drift.segment;
  if (drift.failed) object["failed"] = true;
  return object;
}

json::value to_json(const DriftReport& report) {
  json::array results, columns, segments;
  for (const auto& drift : report.results)
    if (is_told(drift)) results.push_back(to_json(drift));
  for (const auto& column : report.columns) columns.push_back(to_json(column, report));
  for (const auto& each : report.segments)
    segments.push_back({{"segment", each.segment},
                        {"reference_rows", each.reference_rows},
                        {"current_rows", each.current_rows},
                        {"compared", each.compared}});
  json::object object{{"alpha", report.alpha},
                      {"adjusted_by", "benjamini_hochberg"},
                      {"verdict", to_string(report.verdict())},
                      {"drifted_share", report.drifted_share()},
                      {"sentence", report.sentence()},
                      {"results", std::move(results)},
                      {"columns", std::move(columns)}};
  if (!segments.empty()) object["segments"] = std::move(segments);
  return object;
}

}  // namespace veleta
