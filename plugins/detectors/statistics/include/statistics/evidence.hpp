#pragma once

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"
#include "statistics/wording.hpp"

// What detectors of numeric columns add to their statistic alike: an interval of the effect, the direction, a phrase.

namespace veleta::statistics {

/// The effect's 95 % interval where the effect is a seminorm of the difference of the two distribution functions and
/// `reach` the one that chance exceeds once in twenty if nothing moved. By the triangle inequality the effect errs by
/// no more than the seminorm of the difference's own error, and that error is no greater for windows that differ: the
/// bridge of the null distribution, at (m F + n G) / (n + m), has its covariance and (F - G)(F - G) / (n + m) beyond
/// (Anderson 1955, "The integral of a symmetric unimodal function", corollary 3).
inline void set_interval(DriftResult& result, double reach, double most = std::numeric_limits<double>::infinity()) {
  result.effect_low = std::max(0.0, result.effect - reach);
  result.effect_high = std::min(most, result.effect + reach);
}

/// Widens it by an error of the effect's unit.
inline void widen_interval(DriftResult& result, double error) {
  set_interval(result, std::hypot(result.effect_high - result.effect, error));
}

/// Effect, its interval and what could be seen, where effect^2 is `unit` times a squared norm of the difference, of
/// which `null` tells in units of 1 / `effective_rows`.
inline void set_squared_norm(DriftResult& result, double squared_norm, const NullForm& null, double unit,
                             double effective_rows) {
  const auto effect_of = [&](double square) { return std::sqrt(std::max(0.0, square) * unit / effective_rows); };
  result.effect = std::sqrt(squared_norm * unit);
  set_interval(result, effect_of(null.critical));
  result.detectable_effect = effect_of(detectable_noncentrality(null));
}

/// The interval of |x| of that from `low` to `high` of x.
inline void set_absolute_interval(DriftResult& result, double low, double high) {
  result.effect_low = std::max({0.0, low, -high});
  result.effect_high = std::max(-low, high);
}

/// Up where the largest gap says that the current values are higher.
inline void tell_largest_gap(DriftResult& result, const Gaps& gaps) {
  result.direction = gaps.direction();
  if (result.direction != 0) result.detail = "largest gap at " + number(gaps.largest_at());
}

/// Up where the current median is higher.
inline void tell_medians(DriftResult& result, const NumericSample& reference, const NumericSample& current) {
  const double before = quantile(reference, 0.5), now = quantile(current, 0.5);
  result.direction = now > before ? 1 : now < before ? -1 : 0;
  result.detail = fmt::format("median {} → {}", number(before), number(now));
}

}  // namespace veleta::statistics
