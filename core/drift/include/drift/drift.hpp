#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/profile.hpp"
#include "data/segments.hpp"
#include "drift/model_windows.hpp"
#include "drift/movement.hpp"
#include "plugins/handles.hpp"

namespace veleta {

enum class DriftVerdict {
  kStable,
  kDrifted,
  kUnderpowered,  ///< too few rows to show min_effect: nothing is known
  kNotJudged,     ///< the detector cannot compare this column; `detail` says why
};

/// "stable", "drifted", "underpowered", "not_judged".
const char* to_string(DriftVerdict verdict);

/// A p-value for people: "0.034", "1.2e-05", "< 1e-300".
std::string p_value_text(double p);

/// What is told of: "price", and of the rows of a segment "price where state is Utah".
std::string place_text(const std::string& column, const std::string& segment);

/// What one detector found in one column.
struct ColumnDrift {
  std::string column;     ///< or "prediction", "rows" and the like
  bool is_column = true;  ///< false: it is of the model's predictions, or of all rows, and no column of the data
  std::string detector;
  DriftResult result;
  double adjusted_p = DriftResult::kNone;  ///< Benjamini–Hochberg over all results of the report that have a p-value
  DriftVerdict verdict = DriftVerdict::kStable;
  double impact = 0;  ///< effect times the column's share of the production model's mean |attribution|; 0 where unknown
  double reference_rows = 0;
  double current_rows = 0;
  std::string segment = {};  ///< "state is Utah": of these rows; empty: of all
  bool failed = false;       ///< not judged because the detector broke, not because it declined

  /// A sentence for people: "price drifted up (ks: effect 0.83 (0.81 to 0.84), at least 0.1 matters; p < 1e-300)".
  std::string sentence() const;
};

/// What all detectors together say of one column, or of the predictions, or of all rows.
struct ColumnVerdict {
  std::string column;
  bool is_column = true;     ///< as ColumnDrift has it
  std::string segment = {};  ///< as ColumnDrift has it
  ColumnType type = ColumnType::kNumber;
  DriftVerdict verdict = DriftVerdict::kNotJudged;  ///< the worst of the detectors that could judge it
  std::string note = {};  ///< why none was asked: "only in the reference", "no detector looks at it"; empty: some were
  std::vector<size_t> results = {};  ///< the places of its results in DriftReport::results, worst first
  Movement movement = {};
  double reference_rows = 0, current_rows = 0;        ///< with a present value; NaN: that window lacks the column
  double reference_missing = 0, current_missing = 0;  ///< without one

  /// Whether one window lacks the column.
  bool is_absent() const { return reference_rows != reference_rows || current_rows != current_rows; }
  /// Shares of the window's rows; NaN of a window that lacks the column, or has no rows.
  double reference_missing_share() const { return reference_missing / (reference_rows + reference_missing); }
  double current_missing_share() const { return current_missing / (current_rows + current_missing); }
};

/// The rows of a segment in both windows.
struct SegmentRows {
  std::string segment;
  double reference_rows = 0, current_rows = 0;
  bool compared = true;  ///< false: the current window has too few of them
};

struct DriftReport {
  std::vector<ColumnDrift> results;  ///< drifted first, by impact and then effect
  double alpha = 0.05;
  std::vector<ColumnVerdict> columns = {};  ///< every column, in the order of the worst results; and of segments those
                                            ///< columns that drifted there
  std::vector<SegmentRows> segments = {};

  std::vector<const ColumnDrift*> with(DriftVerdict verdict) const;
  /// Columns of the data that some detector could judge in the whole window, and those of them that drifted.
  size_t compared_columns() const;
  size_t drifted_columns() const;
  /// The latter's share of the former; 0 where no column could be judged.
  double drifted_share() const;
  /// The worst of all columns, those of segments too; not_judged only where no column could be judged.
  DriftVerdict verdict() const;
  /// "2 of 11 columns drifted: price, status; rows drifted; in 1 of 50 segments: price where state is Utah.", for
  /// people.
  std::string sentence() const;
  /// The smallest adjusted p among results whose effect matters; 1 where none does: a p-value of the whole, as Simes
  /// (1986) has it, for the question whether anything that matters drifted.
  double smallest_p() const;
};

json::value to_json(const ColumnDrift& drift);
/// The place_text of a result's JSON.
std::string column_text(const json::object& result);
/// Of segments only the results that drifted or failed.
json::value to_json(const DriftReport& report);

/// A detector and the columns it looks at (empty: all of a kind it compares).
struct DetectorUse {
  std::string name;
  std::shared_ptr<DetectorHandle> detector;
  std::vector<std::string> columns;
};

/// Two windows, and segments of them: both lists have the same segments in the same order.
struct ComparedWindows {
  const Profile& reference;
  const Profile& current;
  const std::vector<Segment>* reference_segments = nullptr;  ///< null: none
  const std::vector<Segment>* current_segments = nullptr;
  double min_segment_rows = 0;    ///< segments with fewer current rows are told of, and not compared
  ModelWindows* model = nullptr;  ///< for detectors that look at rows, predictions or attributions; null: there is none
};

struct DriftOptions {
  double alpha = 0.05;
  std::map<std::string, double> importance = {};  ///< mean |attribution| of columns
  /// Told before each column; what it throws ends the work.
  std::function<void(double fraction, const std::string& what)> progress = {};
};

/// Compares two windows column by column, and segment by segment. A column drifted if its effect is at least min_effect
/// and its adjusted p at most alpha (a result without p counts by its effect alone); it is underpowered if it did not
/// drift, but its effect matters or detectable_effect exceeds min_effect; it is not judged where the detector fails or
/// says kUnsupported, it changed its type, or one window lacks it. A detector that fails in one place ends nothing but
/// that comparison, unless it says kCancelled. Throws kInvalidArgument for an explicitly named column that neither
/// window has.
/// With a model, detectors of predictions give a result for the column "prediction", those of attributions one for each
/// input column, those of rows one for the column "rows". Without, only detectors that count rows are run of these.
DriftReport detect_drift(const ComparedWindows& windows, std::vector<DetectorUse>& detectors,
                         const DriftOptions& options);
DriftReport detect_drift(const Profile& reference, const Profile& current, std::vector<DetectorUse>& detectors,
                         double alpha, const std::map<std::string, double>& importance = {},
                         ModelWindows* model = nullptr);

/// Benjamini–Hochberg adjusted p-values (1995), in the order given; NaN stays NaN and does not count.
std::vector<double> benjamini_hochberg(const std::vector<double>& p_values);

}  // namespace veleta
