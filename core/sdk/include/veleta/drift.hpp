#pragma once

#include <limits>
#include <span>
#include <string>

#include "veleta/abi.h"

namespace veleta {

/// A numeric column of one window; a view that lives as long as the call. Dates come as seconds since 1970-01-01 UTC.
struct NumericSample {
  std::span<const double> sorted;  ///< ascending, finite: the present values, or an even quantile grid of them
  double row_count = 0;            ///< rows with a present value; more than sorted.size() where sorted is a grid
  double missing_count = 0;        ///< rows without a value
  double mean = 0;                 ///< of the present values
  double standard_deviation = 0;   ///< of the present values, n - 1 in the divisor
};

/// A categorical column of two windows; a view that lives as long as the call. The windows share the labels: all that
/// occur in either, in one order.
struct CategoricalSample {
  std::span<const char* const> labels;
  std::span<const double> counts;  ///< rows per label; zero where this window lacks it
  double row_count = 0;            ///< rows with a present value
  double missing_count = 0;        ///< rows without a value
};

/// What a detector says of one column. The host corrects the p-values over all columns and reaches the verdict: the
/// column drifted if effect >= min_effect and the corrected p_value <= alpha (or there is no p_value); too few rows to
/// show min_effect (detectable_effect > min_effect) is told as *underpowered*, not as "no drift".
struct DriftResult {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  static constexpr double kNoPValue = VELETA_NO_P_VALUE;

  double statistic = kNone;    ///< must be set
  double p_value = kNoPValue;  ///< chance of a statistic like this if nothing moved; kNoPValue: the method has none
  double effect = kNone;       ///< must be set: how far the column moved, >= 0, in the unit of min_effect
  double min_effect = kNone;   ///< must be set: the least effect that matters
  double detectable_effect = kNone;  ///< least effect that so few rows could have shown; kNone: unknown
  int direction = 0;                 ///< -1 down, +1 up, 0 neither
  std::string detail = {};           ///< a phrase for people: "new: sold (100 %)"; cut at 511 bytes

  bool has_p_value() const { return p_value != kNoPValue; }
};

}  // namespace veleta
