#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/profile.hpp"
#include "drift/model_windows.hpp"
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

/// What one detector found in one column.
struct ColumnDrift {
  std::string column;
  std::string detector;
  DriftResult result;
  double adjusted_p = DriftResult::kNone;  ///< Benjamini–Hochberg over all results of the report that have a p-value
  DriftVerdict verdict = DriftVerdict::kStable;
  double impact = 0;  ///< effect times the column's share of the production model's mean |attribution|; 0 where unknown
  double reference_rows = 0;
  double current_rows = 0;

  /// A sentence for people: "price drifted up (ks: distance 0.83, at least 0.10 matters; p < 1e-300)".
  std::string sentence() const;
};

struct DriftReport {
  std::vector<ColumnDrift> results;  ///< drifted first, by impact and then effect
  double alpha = 0.05;

  std::vector<const ColumnDrift*> with(DriftVerdict verdict) const;
};

json::value to_json(const ColumnDrift& drift);
json::value to_json(const DriftReport& report);

/// A detector and the columns it looks at (empty: all of a kind it compares).
struct DetectorUse {
  std::string name;
  std::shared_ptr<DetectorHandle> detector;
  std::vector<std::string> columns;
};

/// Compares two windows column by column. A column drifted if its effect is at least min_effect and its adjusted p at
/// most alpha (a result without p counts by its effect alone); it is underpowered if it did not drift, but its effect
/// matters or detectable_effect exceeds min_effect; it is not judged where the detector says kUnsupported or it changed
/// its type. Columns that only one window has are passed over: validation has told of them. Throws kPlugin, naming the
/// detector, where one fails or breaks its contract; kInvalidArgument for an explicitly named column that neither
/// window has.
/// With a `model`, detectors of predictions give a result for the column "prediction", those of attributions one for
/// each input column, those of rows one for the column "rows". Without, only detectors that count rows are run of
/// these.
DriftReport detect_drift(const Profile& reference, const Profile& current, std::vector<DetectorUse>& detectors,
                         double alpha, const std::map<std::string, double>& importance = {},
                         ModelWindows* model = nullptr);

/// Benjamini–Hochberg adjusted p-values (1995), in the order given; NaN stays NaN and does not count.
std::vector<double> benjamini_hochberg(const std::vector<double>& p_values);

}  // namespace veleta
