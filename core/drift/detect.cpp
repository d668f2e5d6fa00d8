#include <fmt/format.h>
#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "drift/drift.hpp"
#include "model_detectors.hpp"
#include "prepared_column.hpp"
#include "verdict.hpp"

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

Movement movement_of(const PreparedColumn& column) {
  return column.is_category() ? movement_of(column.categorical_reference(), column.categorical_current())
                              : movement_of(column.numeric_reference(), column.numeric_current());
}

ColumnVerdict row_of(const ColumnProfile& column, const std::string& segment) {
  ColumnVerdict row;
  row.column = column.name;
  row.segment = segment;
  row.type = column.type;
  row.reference_rows = row.current_rows = DriftResult::kNone;
  row.reference_missing = row.current_missing = DriftResult::kNone;
  return row;
}

ColumnVerdict only_in_reference(const ColumnProfile& column) {
  ColumnVerdict row = row_of(column, "");
  row.note = "only in the reference";
  row.reference_rows = column.row_count;
  row.reference_missing = column.missing_count;
  return row;
}

ColumnVerdict only_in_current(const ColumnProfile& column) {
  ColumnVerdict row = row_of(column, "");
  row.note = "only in the current window";
  row.current_rows = column.row_count;
  row.current_missing = column.missing_count;
  return row;
}

/// Makes the report's rows, without verdicts.
class Comparison {
 public:
  Comparison(const ComparedWindows& windows, std::vector<DetectorUse> detectors, const DriftOptions& options,
             bool tells_movement = true)
      : windows_(windows), detectors_(std::move(detectors)), options_(options), tells_movement_(tells_movement) {
    report_.alpha = options.alpha;
    pair_count_ = static_cast<double>(1 + (windows.reference_segments ? windows.reference_segments->size() : 0));
  }

  DriftReport run() {
    compare_windows(windows_.reference, windows_.current, "", "");
    for (const auto& column : windows_.reference.columns)
      if (!windows_.current.find(column.name)) report_.columns.push_back(only_in_reference(column));
    for (const auto& column : windows_.current.columns)
      if (!windows_.reference.find(column.name)) report_.columns.push_back(only_in_current(column));
    compare_segments();
    return std::move(report_);
  }

 private:
  void compare_segments() {
    if (!windows_.reference_segments || !windows_.current_segments) return;
    for (size_t i = 0; i < windows_.reference_segments->size(); ++i) {
      const Segment& reference = (*windows_.reference_segments)[i];
      const Profile& current = windows_.current_segments->at(i).profile;
      const bool compared = current.row_count > 0 && current.row_count >= windows_.min_segment_rows;
      report_.segments.push_back({reference.name(), reference.profile.row_count, current.row_count, compared});
      if (compared) compare_windows(reference.profile, current, reference.name(), reference.column);
      ++pairs_done_;
    }
  }

  /// `cut_by` is constant in these windows.
  void compare_windows(const Profile& reference, const Profile& current, const std::string& segment,
                       const std::string& cut_by) {
    double done = 0;
    for (const auto& column : reference.columns) {
      tell(done++ / static_cast<double>(reference.columns.size()), column.name, segment);
      const ColumnProfile* other = current.find(column.name);
      if (other && (segment.empty() || column.name != cut_by)) compare_column(column, *other, segment);
    }
    if (segment.empty()) ++pairs_done_;
  }

  void tell(double fraction, const std::string& column, const std::string& segment) const {
    if (options_.progress) options_.progress((pairs_done_ + fraction) / pair_count_, place_text(column, segment));
  }

  void compare_column(const ColumnProfile& reference, const ColumnProfile& current, const std::string& segment) {
    ColumnVerdict row = row_of(reference, segment);
    row.reference_rows = reference.row_count;
    row.current_rows = current.row_count;
    row.reference_missing = reference.missing_count;
    row.current_missing = current.missing_count;
    std::optional<PreparedColumn> prepared;
    std::string why_not;
    try {
      prepared.emplace(reference, current);
      if (tells_movement_ && segment.empty()) row.movement = movement_of(*prepared);
    } catch (const Error& error) {
      why_not = error.what();
    }
    for (const auto& use : detectors_)
      if (looks_at(use, reference))
        report_.results.push_back(judged(use, row, prepared ? &*prepared : nullptr, why_not));
    report_.columns.push_back(std::move(row));
  }

  static ColumnDrift judged(const DetectorUse& use, const ColumnVerdict& row, const PreparedColumn* column,
                            const std::string& why_not) {
    ColumnDrift drift;
    drift.column = row.column;
    drift.detector = use.name;
    drift.segment = row.segment;
    drift.reference_rows = row.reference_rows;
    drift.current_rows = row.current_rows;
    try {
      if (!column) throw Error(ErrorCode::kUnsupported, why_not);
      drift.result = compare(use, *column);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
      drift.verdict = DriftVerdict::kNotJudged;
      drift.failed = error.code() != ErrorCode::kUnsupported;
      drift.result.detail = error.what();
    }
    return drift;
  }

  const ComparedWindows& windows_;
  const std::vector<DetectorUse> detectors_;
  const DriftOptions& options_;
  const bool tells_movement_;
  DriftReport report_;
  double pair_count_ = 1, pairs_done_ = 0;
};

/// Of the columns of segments only those that drifted are left, which were compared and so can be prepared.
void tell_movement_in_segments(DriftReport& report, const ComparedWindows& windows) {
  for (auto& row : report.columns) {
    if (row.segment.empty()) continue;
    const auto& segments = *windows.reference_segments;
    const auto reference = std::ranges::find(segments, row.segment, &Segment::name);
    const Segment& current = windows.current_segments->at(static_cast<size_t>(reference - segments.begin()));
    row.movement = movement_of(PreparedColumn(*reference->profile.find(row.column), *current.profile.find(row.column)));
  }
}

}  // namespace

DriftReport detect_drift(const ComparedWindows& windows, std::vector<DetectorUse>& detectors,
                         const DriftOptions& options) {
  check_named_columns(windows.reference, windows.current, detectors);
  DriftReport report = Comparison(windows, of_subject(detectors, VELETA_OF_DATA), options).run();
  add_model_results(report, windows, detectors,
                    [&](const Profile& reference, const Profile& current, const auto& uses, bool tells_movement) {
                      return Comparison({reference, current}, uses, options, tells_movement).run();
                    });
  reach_verdicts(report, options.importance);
  tell_movement_in_segments(report, windows);
  return report;
}

DriftReport detect_drift(const Profile& reference, const Profile& current, std::vector<DetectorUse>& detectors,
                         double alpha, const std::map<std::string, double>& importance, ModelWindows* model) {
  return detect_drift({reference, current, nullptr, nullptr, 0, model}, detectors, {alpha, importance, {}});
}

}  // namespace veleta
