#pragma once

#include <algorithm>
#include <cmath>

#include "statistics/evidence.hpp"
#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"
#include "statistics/wording.hpp"

// The two-sample Kolmogorov–Smirnov test as detectors give it: its effect is D.

namespace veleta::statistics {

/// In units of 1 / sqrt(effective rows): the distance that chance exceeds with probability kAlpha (Smirnov 1948).
inline double critical_distance() { return std::sqrt(-std::log(kAlpha / 2) / 2); }

/// The distance that two-sided tests at kAlpha find with probability kPower: the critical one plus z(power) / 2 in
/// units of 1 / sqrt(effective rows), since the two functions' difference at any one point has a standard deviation of
/// half that unit at most.
inline double detectable_distance(double effective_rows) {
  return std::min(1.0, (critical_distance() + normal_quantile(1 - kPower) / 2) / std::sqrt(effective_rows));
}

/// The chance of windows of n and m rows to lie wholly apart, 2 of all C(n + m, n) orders: no D is rarer.
inline double least_gap_p(double n, double m) {
  return std::min(1.0, 2 * std::exp(std::lgamma(n + 1) + std::lgamma(m + 1) - std::lgamma(n + m + 1)));
}

/// P(D >= distance): exactly where rows are whole and two windows of `exact_max_rows` would take no fewer steps.
inline double gap_p_value(const NumericSample& reference, const NumericSample& current, double distance,
                          double exact_max_rows) {
  const auto is_whole = [](double rows) { return rows == std::nearbyint(rows); };
  const double n = reference.row_count, m = current.row_count;
  if (n * m <= exact_max_rows * exact_max_rows && std::ranges::all_of(reference.rows, is_whole) &&
      std::ranges::all_of(current.rows, is_whole))
    return kolmogorov_two_sample_sf(static_cast<size_t>(n), static_cast<size_t>(m), distance);
  return std::max(kolmogorov_sf(std::max(std::nearbyint(effective_rows(n, m)), 1.0), distance), least_gap_p(n, m));
}

/// Throws kUnsupported where either window has no value.
inline DriftResult test_gap(const NumericSample& reference, const NumericSample& current, double min_effect,
                            double exact_max_rows) {
  require_values(reference, current);
  const Gaps found = gaps(reference, current);
  const double rows = effective_rows(reference.row_count, current.row_count);
  DriftResult result;
  result.statistic = result.effect = found.largest();
  result.p_value = gap_p_value(reference, current, found.largest(), exact_max_rows);
  result.min_effect = min_effect;
  result.detectable_effect = detectable_distance(rows);
  set_interval(result, critical_distance() / std::sqrt(rows), 1);
  tell_largest_gap(result, found);
  return result;
}

}  // namespace veleta::statistics
