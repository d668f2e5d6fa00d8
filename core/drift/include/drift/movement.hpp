#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"
#include "veleta/drift.hpp"

namespace veleta {

/// A quantile of both windows; the least value that so great a share of the rows does not exceed.
struct QuantileMove {
  double share = 0;  ///< 0.5: the median
  double reference = 0, current = 0;
  double reference_below = 0, current_below = 0;  ///< shares of the rows up to the reference's quantile
  double shift = 0;  ///< current - reference in robust standard deviations of the reference; NaN: that is constant
};

/// Shares of the present rows of both windows, over the same bins.
struct HistogramPair {
  std::vector<double> edges;               ///< ascending, one more than bins; empty: no window has a value
  std::vector<double> reference, current;  ///< a share per bin
  double reference_below = 0, reference_above = 0, current_below = 0, current_above = 0;  ///< beyond the edges
};

/// A category's share of the present rows of both windows.
struct CategoryMove {
  std::string label;
  double reference = 0, current = 0;

  double moved() const { return current - reference; }
};

/// How one column's values moved between two windows, and where, whatever detectors say. Only one half is set.
struct Movement {
  // Numbers and times.
  std::vector<QuantileMove> quantiles;  ///< 1, 5, 25, 50, 75, 95 and 99 %; empty where a window has no value
  HistogramPair histogram;

  // Categories.
  std::vector<CategoryMove> categories;  ///< the kToldCategories that moved most, and of equal ones the most frequent
  size_t new_count = 0, vanished_count = 0;  ///< categories that only the current window has, or only the reference
  double new_share = 0, vanished_share = 0;  ///< of the rows of that window
  double other_reference = 0, other_current = 0;  ///< the shares of all that `categories` leaves out

  static constexpr size_t kToldCategories = 12;
  static constexpr size_t kMostBins = 40;

  /// The quantile at which the windows differ most: by the share of rows up to it, over the standard deviation
  /// sqrt(share (1 - share)) that has in a row, so that tails count as much as the middle, and no more. Null where none
  /// is known to have moved.
  const QuantileMove* farthest() const;
};

/// Draws bins over where most rows of both windows lie, for eyes: ranges are robust, so one far value hides nothing.
Movement movement_of(const NumericSample& reference, const NumericSample& current);
Movement movement_of(const CategoricalSample& reference, const CategoricalSample& current);

/// For people: "median 312,000 to 401,000 (+0.82 sd)", "Utah 2 % to 9 %; new: Ohio 3 %". Empty where nothing moved.
std::string where_text(const Movement& movement, ColumnType type);

/// A value of a column for people: "312,000", "0.12", "2024-03-01T00:00:00Z".
std::string value_text(double value, ColumnType type);

/// "0.8 %", "33 %", "< 0.1 %".
std::string share_text(double share);

json::value to_json(const Movement& movement);

}  // namespace veleta
