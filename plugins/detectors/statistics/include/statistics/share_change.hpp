#pragma once

#include <veleta/detector.hpp>

#include "statistics/intervals.hpp"
#include "statistics/power.hpp"
#include "statistics/two_proportions.hpp"
#include "statistics/wording.hpp"

// The change of a share of rows, judged.

namespace veleta::statistics {

/// The difference of the shares, current less reference: Newcombe (1998, "Interval estimation for the difference
/// between independent proportions"), method 10, from the score intervals of both.
inline Interval newcombe_interval(const Proportions& table, double z) {
  const Interval reference = wilson_interval(table.reference_marked, table.reference_rows, z);
  const Interval current = wilson_interval(table.current_marked, table.current_rows, z);
  const double before = table.reference_marked / table.reference_rows,
               after = table.current_marked / table.current_rows;
  return {table.difference() - std::hypot(after - current.low, reference.high - before),
          table.difference() + std::hypot(current.high - after, before - reference.low)};
}

/// "2 % → 33 %".
inline std::string share_move(const Proportions& table) {
  return percent(table.reference_marked / table.reference_rows) + " → " +
         percent(table.current_marked / table.current_rows);
}

/// The result of a test of equal shares, whose effect is the difference. Throws kUnsupported where a window has no
/// rows. The detectable effect is taken at the share that both would have together if min_effect were marked in one,
/// where they have less than that.
inline DriftResult share_change(const Proportions& table, double min_effect) {
  if (!(table.reference_rows > 0)) throw Error(ErrorCode::kUnsupported, "the reference has no rows");
  if (!(table.current_rows > 0)) throw Error(ErrorCode::kUnsupported, "the current window has no rows");
  DriftResult result;
  result.statistic = proportions_z(table);
  result.p_value = proportions_p(table);
  result.effect = std::abs(table.difference());
  result.min_effect = min_effect;
  const double least = std::min(min_effect / 2, 0.5);
  const double share = std::clamp(table.pooled_share(), least, 1 - least);
  result.detectable_effect =
      std::min(1.0, detectable_share_difference(share, effective_rows(table.reference_rows, table.current_rows)));
  const Interval interval = magnitude(newcombe_interval(table, normal_quantile(kAlpha / 2)));
  result.effect_low = std::min(interval.low, result.effect);
  result.effect_high = std::clamp(interval.high, result.effect, 1.0);
  return result;
}

/// Compares the shares of all rows that are marked, of numbers and categories alike. `Marked::rows(sample)` says how
/// many are, `Marked::kName` what they are called.
template <typename Marked>
class RowShareDetector final : public NumericDetector, public CategoricalDetector {
 public:
  explicit RowShareDetector(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    return judge(reference, current);
  }
  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    return judge(reference, current);
  }

 private:
  template <typename Sample>
  DriftResult judge(const Sample& reference, const Sample& current) const {
    const Proportions table{Marked::rows(reference), reference.row_count + reference.missing_count,
                            Marked::rows(current), current.row_count + current.missing_count};
    auto result = share_change(table, min_effect_);
    result.detail = fmt::format("{} {}", Marked::kName, share_move(table));
    return result;
  }

  double min_effect_;
};

}  // namespace veleta::statistics
