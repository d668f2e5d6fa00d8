#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <veleta/series.hpp>

#include "veleta/error.hpp"

// Series of right and wrong predictions, and others that lie between 0 and 1.

namespace veleta::streams {

/// Whether the host told anything of the series' values.
inline bool is_described(const Series& series) { return series.row_count > 0 && std::isfinite(series.mean); }

/// Whether every value is 0 or 1: those are the ones in [0, 1] whose variance is mean (1 - mean).
inline bool is_binary(const Series& series) {
  if (series.is_error) return true;
  const auto may_be = [](double extreme) { return extreme == 0 || extreme == 1 || std::isnan(extreme); };
  if (!is_described(series) || !may_be(series.minimum) || !may_be(series.maximum)) return false;
  const double share = series.mean * (1 - series.mean);
  const double variance = series.standard_deviation * series.standard_deviation * (1 - 1 / series.row_count);
  return std::abs(variance - share) <= 1e-9 * share;
}

/// Throws kUnsupported where the series is known to hold other values than 0 and 1.
inline void require_errors(const Series& series) {
  if (is_described(series) && !is_binary(series))
    throw Error(ErrorCode::kUnsupported, "it watches right and wrong predictions, 0 and 1; this series is another");
}

/// Throws kUnsupported where the series is known to leave [0, 1].
inline void require_unit_interval(const Series& series) {
  if (!series.is_error && is_described(series) && !(series.minimum >= 0 && series.maximum <= 1))
    throw Error(ErrorCode::kUnsupported, "it watches values between 0 and 1, such as errors; this series goes from " +
                                             std::to_string(series.minimum) + " to " + std::to_string(series.maximum));
}

/// Any value as right (0) or wrong (1).
inline bool is_wrong(double value) { return value >= 0.5; }

/// Any value as one in [0, 1].
inline double clipped_to_unit(double value) { return std::clamp(value, 0.0, 1.0); }

}  // namespace veleta::streams
