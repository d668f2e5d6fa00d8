#pragma once

#include <limits>
#include <span>
#include <string>

#include "veleta/abi.h"
#include "veleta/training.hpp"

namespace veleta {

/// A numeric column of one window; a view that lives as long as the call. Dates come as seconds since 1970-01-01 UTC.
struct NumericSample {
  std::span<const double> sorted;  ///< ascending, finite: the present values, or an even quantile grid of them
  double row_count = 0;            ///< rows with a present value; more than sorted.size() where sorted is a grid
  double missing_count = 0;        ///< rows without a value
  double mean = 0;                 ///< of the present values
  double standard_deviation = 0;   ///< of the present values, n - 1 in the divisor

  /// The same column as rows at values. Reference and current share `values`: all that occur in either, ascending. A
  /// window of very many values comes as cells, whose least value stands for them; the distribution functions of both
  /// windows are exact at each value's place in the list even then.
  std::span<const double> values{};
  std::span<const double> rows{};  ///< at each of values; zero where this window lacks it. They sum to row_count
  double minimum = std::numeric_limits<double>::quiet_NaN();  ///< of the present values
  double maximum = std::numeric_limits<double>::quiet_NaN();
  double wrong_type_count = 0;  ///< rows, counted among the missing, that held no number, or an infinity
};

/// A categorical column of two windows; a view that lives as long as the call. The windows share the labels: all that
/// occur in either, in one order.
struct CategoricalSample {
  std::span<const char* const> labels;
  std::span<const double> counts;  ///< rows per label; zero where this window lacks it
  double row_count = 0;            ///< rows with a present value
  double missing_count = 0;        ///< rows without a value
  double wrong_type_count = 0;     ///< rows, counted among the missing, that held no category
};

/// Rows of one window as the production model sees them; a view that lives as long as the call. What a detector does
/// not ask for, or nobody knows, is empty.
struct RowSample {
  double row_count = 0;               ///< rows of the window, of which those below may be a sample drawn evenly
  std::span<const double> part_rows;  ///< rows of each part, such as a batch, that the window was made from, ascending
  Task task = Task::kRegression;
  MatrixView features;                  ///< encoded, as the model takes them
  std::span<const double> predictions;  ///< a row each: in the target's unit, or the probability of class 1
  std::span<const double> targets;      ///< NaN where a row has none; the reference's rows were not trained on
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
  double effect_low = kNone;         ///< 95 % confidence interval of the effect; kNone: unknown
  double effect_high = kNone;

  bool has_p_value() const { return p_value != kNoPValue; }
};

}  // namespace veleta
