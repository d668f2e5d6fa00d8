#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "statistics/tails.hpp"
#include "veleta/drift.hpp"

// Two windows of a numeric column as rows at the values they share. Neither may be empty.

namespace veleta::statistics {

/// One of the values, and what both windows have there.
struct SharedValue {
  double value, next;                     ///< the shares hold from here up to next (the last value's is itself)
  double reference_rows, current_rows;    ///< rows at the value
  double reference_below, current_below;  ///< rows below it
  double reference_share, current_share;  ///< shares of all rows at or below it
};

/// Calls visit(SharedValue) for each value, ascending.
template <typename Visit>
void visit_values(const NumericSample& reference, const NumericSample& current, Visit visit) {
  const std::span<const double> values = reference.values;
  double reference_below = 0, current_below = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double reference_rows = reference.rows[i], current_rows = current.rows[i];
    visit(SharedValue{values[i], values[std::min(i + 1, values.size() - 1)], reference_rows, current_rows,
                      reference_below, current_below, (reference_below + reference_rows) / reference.row_count,
                      (current_below + current_rows) / current.row_count});
    reference_below += reference_rows;
    current_below += current_rows;
  }
}

/// The value at or below which the share `p` of the rows lies: the inverse of the distribution function.
inline double quantile(const NumericSample& sample, double p) {
  const double wanted = p * sample.row_count * (1 - 1e-12);
  double rows = 0, value = sample.values.front();
  for (size_t i = 0; i < sample.values.size(); ++i) {
    if (sample.rows[i] > 0) value = sample.values[i];
    rows += sample.rows[i];
    if (rows > 0 && rows >= wanted) break;
  }
  return value;
}

/// Quantiles of both windows together at ascending levels, each window counting for one half: the smaller one's move
/// would otherwise lie beyond all quantiles of the larger.
inline std::vector<double> even_quantiles(const NumericSample& reference, const NumericSample& current,
                                          std::span<const double> levels) {
  std::vector<double> quantiles;
  visit_values(reference, current, [&](const SharedValue& at) {
    const double share = (at.reference_share + at.current_share) / 2;
    while (quantiles.size() < levels.size() && share >= levels[quantiles.size()] - 1e-12) quantiles.push_back(at.value);
  });
  quantiles.resize(levels.size(), reference.values.back());
  return quantiles;
}

/// A measure of spread, and half the length of its 95 % interval over itself; 0: unknown.
struct Scale {
  double value, relative_error;
};

/// How far the interquartile range may err: each quartile by the quantiles at its level ± 1.96 sqrt(3/16 / n), which
/// hold it whatever the distribution; their errors' correlation is 1/3.
inline double quartile_range_error(const NumericSample& sample) {
  const double reach = normal_quantile(0.025) * std::sqrt(0.1875 / sample.row_count);
  const auto half_length = [&](double level) {
    return (quantile(sample, std::min(1.0, level + reach)) - quantile(sample, std::max(0.0, level - reach))) / 2;
  };
  const double lower = half_length(0.25), upper = half_length(0.75);
  return std::hypot(lower, upper) * std::sqrt(1 - 2.0 / 3 * lower * upper / (lower * lower + upper * upper));
}

/// A standard deviation that a few outliers do not move: the reference's interquartile range over that of the normal
/// distribution's, 1.349. Where half of the values are one, the standard deviation itself, of the current window if the
/// reference is constant; 0: both are.
inline Scale robust_scale(const NumericSample& reference, const NumericSample& current) {
  const double range = quantile(reference, 0.75) - quantile(reference, 0.25);
  if (range > 0) {
    const double error = quartile_range_error(reference) / range;
    return {range / (2 * normal_quantile(0.25)), std::isfinite(error) ? error : 0};
  }
  return {reference.standard_deviation > 0 ? reference.standard_deviation : current.standard_deviation, 0};
}

/// Whether no value is worth much by itself: each is one row, or a small part of all. Null distributions for continuous
/// columns hold then.
inline bool is_continuous(const NumericSample& reference, const NumericSample& current) {
  const double most = std::max(1.0, (reference.row_count + current.row_count) / 500);
  bool continuous = true;
  for (size_t i = 0; i < reference.values.size(); ++i)
    continuous = continuous && reference.rows[i] + current.rows[i] <= most;
  return continuous;
}

/// Whether no two rows of both windows are alike.
inline bool is_tie_free(const NumericSample& reference, const NumericSample& current) {
  return static_cast<double>(reference.values.size()) == reference.row_count + current.row_count;
}

/// The greatest distances between two empirical distribution functions, where current lies higher (its function lower)
/// and where it lies lower.
struct Gaps {
  double up = 0, down = 0;
  double up_at = 0, down_at = 0;

  /// The two-sample Kolmogorov–Smirnov statistic D; ties are taken together.
  double largest() const { return std::max(up, down); }
  double largest_at() const { return up >= down ? up_at : down_at; }
  int direction() const { return largest() == 0 ? 0 : up >= down ? 1 : -1; }
};

inline Gaps gaps(const NumericSample& reference, const NumericSample& current) {
  Gaps gaps;
  visit_values(reference, current, [&](const SharedValue& at) {
    const double difference = at.reference_share - at.current_share;
    if (difference > gaps.up) gaps.up = difference, gaps.up_at = at.value;
    if (-difference > gaps.down) gaps.down = -difference, gaps.down_at = at.value;
  });
  return gaps;
}

}  // namespace veleta::statistics
