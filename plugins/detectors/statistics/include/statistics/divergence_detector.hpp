#pragma once

#include <limits>
#include <veleta/detector.hpp>

#include "statistics/bins.hpp"
#include "statistics/divergence.hpp"
#include "statistics/moves.hpp"
#include "statistics/wording.hpp"

namespace veleta::statistics {

/// What is known of a divergence of two windows.
struct Evidence {
  double divergence = 0;
  double p_value = 1;
  double chance_mean = 0;                  ///< of the divergence where nothing moved
  Interval interval = {0, 0};              ///< 95 % confidence interval of the true divergence
  double detectable = DriftResult::kNone;  ///< the true divergence that would be found with probability kPower
};

/// Of a divergence with a chi-squared null distribution, from the groups and from their shares in either window.
inline Evidence chi_squared_evidence(const Divergence& of, const GroupCounts& groups, std::span<const double> p,
                                     std::span<const double> q) {
  const double n = total(groups.reference), m = total(groups.current);
  Evidence evidence;
  evidence.divergence = std::max(0.0, divergence(of, p, q));
  if (p.size() < 2) return evidence;
  const double df = static_cast<double>(p.size()) - 1;
  const double scale = chance_scale(of, n, m) * bartlett_factor(of, pooled_shares(groups), n, m);
  evidence.p_value = chi_squared_sf(evidence.divergence / scale, df);
  evidence.chance_mean = df * scale;
  const double variance = divergence_variance(of, p, q, n, m);
  const bool is_above_rounding = evidence.divergence > 1e-9 * scale;
  evidence.interval =
      score_interval(evidence.divergence - evidence.chance_mean, 2 * df * scale * scale,
                     is_above_rounding ? variance / evidence.divergence : 4 * scale, normal_quantile(kAlpha / 2));
  evidence.detectable = detectable_noncentrality(df) * scale;
  return evidence;
}

/// Of a divergence that empty groups do no harm.
inline Evidence chi_squared_evidence(const Divergence& of, const GroupCounts& groups) {
  return chi_squared_evidence(of, groups, filled_shares(groups.reference, 0), filled_shares(groups.current, 0));
}

/// A detector of numbers and categories by a divergence of their groups' shares; what differs between such detectors is
/// left to the class that derives from this. Its effect is the divergence less what chance adds to it.
class DivergenceDetector : public NumericDetector, public CategoricalDetector {
 public:
  explicit DivergenceDetector(const Params& params)
      : min_effect_(params.number("min_effect")),
        bins_(static_cast<double>(params.integer("bins"))),
        rare_share_(params.number("rare_share")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const final {
    require_values(reference, current);
    const auto bins = quantile_bins(reference, current, bins_for(reference.row_count, current.row_count, bins_));
    auto result = judge(bins.groups);
    result.direction = direction(bins.groups);
    result.detail = fmt::format("{} bins{}", bins.groups.reference.size(), greatest_move(bins));
    return result;
  }

  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const final {
    require_values(reference, current);
    const double fewest = std::min(reference.row_count, current.row_count);
    const double least_share = std::max(rare_share_, kMinRowsPerGroup / fewest);
    const auto groups = group_rare(reference, current, least_share * (reference.row_count + current.row_count));
    auto result = judge(groups);
    // So few rows that all categories are one group, whose shares may be anything.
    if (std::isnan(result.detectable_effect) && !is_one_category(reference, current))
      result.detectable_effect = shown(greatest(fewest));
    const std::string moves = greatest_moves(reference, current);
    result.detail = fmt::format("{} groups{}{}", groups.reference.size(), moves.empty() ? "" : "; ", moves);
    return result;
  }

 protected:
  virtual Evidence weigh(const GroupCounts& groups) const = 0;
  /// The divergence in the unit of the effect.
  virtual double shown(double divergence) const { return divergence; }
  /// The divergence of windows of so many rows that have no group in common.
  virtual double greatest(double rows) const = 0;

 private:
  DriftResult judge(const GroupCounts& groups) const {
    const Evidence evidence = weigh(groups);
    DriftResult result;
    result.statistic = shown(evidence.divergence);
    result.p_value = evidence.p_value;
    result.effect = shown(std::max(0.0, evidence.divergence - evidence.chance_mean));
    result.min_effect = min_effect_;
    result.detectable_effect = shown(evidence.detectable);
    if (groups.reference.size() < 2) return result;
    const double most = greatest(std::min(total(groups.reference), total(groups.current)));
    result.effect_low = std::min(result.effect, shown(evidence.interval.low));
    result.effect_high = std::max(result.effect, shown(std::min(evidence.interval.high, most)));
    return result;
  }

  double min_effect_, bins_, rare_share_;
};

inline ParamSpec rare_share_param() {
  return number_param("rare_share", 0.01, "categories with a smaller share are put together into groups").min(0).max(1);
}

inline ParamSpec zero_fill_param() {
  return number_param("zero_fill", 0, "share that stands for an empty group's; 0: that of half a row").min(0).max(1);
}

/// The share that stands for an empty group's in a window of so many rows.
inline double zero_share(double zero_fill, double rows) { return zero_fill > 0 ? zero_fill : 0.5 / rows; }

}  // namespace veleta::statistics
