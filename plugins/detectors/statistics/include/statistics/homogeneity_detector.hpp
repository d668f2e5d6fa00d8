#pragma once

#include <limits>
#include <optional>
#include <veleta/detector.hpp>

#include "statistics/divergence.hpp"
#include "statistics/moves.hpp"
#include "statistics/two_proportions.hpp"
#include "statistics/wording.hpp"

namespace veleta::statistics {

/// A test of homogeneity of a categorical column; what differs between such tests is left to the class that derives
/// from this. Its effect is Cramér's V less what chance adds to it.
class HomogeneityDetector : public CategoricalDetector {
 public:
  explicit HomogeneityDetector(const Params& params)
      : min_effect_(params.number("min_effect")), min_expected_(params.number("min_expected")) {}

  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const final {
    require_values(reference, current);
    const double all = reference.row_count + current.row_count;
    const double smaller_share = std::min(reference.row_count, current.row_count) / all;
    const auto groups = group_rare(reference, current, std::max(min_expected_ / smaller_share, all / most_groups()));
    const auto tested = test(groups);
    DriftResult result;
    result.statistic = tested.statistic;
    result.min_effect = min_effect_;
    if (tested.degrees_of_freedom == 0) return one_group(result, reference, current);
    result.p_value = p_value(groups, tested);
    result.detectable_effect =
        detectable_v(tested.degrees_of_freedom, effective_rows(reference.row_count, current.row_count));
    result.detail = greatest_moves(reference, current);
    measure_v(groups, result);
    return result;
  }

 protected:
  virtual ChiSquared test(const GroupCounts& groups) const { return homogeneity(groups); }
  virtual double p_value(const GroupCounts& groups, const ChiSquared& tested) const {
    return rare_pair_p(groups).value_or(chi_squared_sf(tested.statistic, tested.degrees_of_freedom));
  }
  /// More groups than this are not worth their time.
  virtual double most_groups() const { return std::numeric_limits<double>::infinity(); }

  /// Of two groups of which one is rare: an exact test where it is expected too seldom for the chi-squared
  /// distribution.
  std::optional<double> rare_pair_p(const GroupCounts& groups) const {
    if (groups.reference.size() != 2) return std::nullopt;
    const Proportions table = first_of_two(groups);
    if (table.least_expected() >= min_expected_) return std::nullopt;
    return fisher_exact(table);
  }

  static Proportions first_of_two(const GroupCounts& groups) {
    return {groups.reference[0], total(groups.reference), groups.current[0], total(groups.current)};
  }

 private:
  /// V² is a divergence of the shares, whose variance by the delta method gives the interval.
  static void measure_v(const GroupCounts& groups, DriftResult& result) {
    const double n = total(groups.reference), m = total(groups.current);
    const auto p = filled_shares(groups.reference, 0), q = filled_shares(groups.current, 0);
    const auto pearson = homogeneity(groups);
    result.effect = corrected_cramers_v(groups, pearson);
    const double scale = chance_scale(kSquaredCramersV, n, m),
                 variance = divergence_variance(kSquaredCramersV, p, q, n, m);
    const double square = divergence(kSquaredCramersV, p, q);
    const double excess = square - pearson.degrees_of_freedom * scale;
    const auto interval = score_interval(excess, 2 * pearson.degrees_of_freedom * scale * scale,
                                         variance > 0 ? variance / square : 4 * scale, normal_quantile(kAlpha / 2));
    result.effect_low = std::min(std::sqrt(interval.low), result.effect);
    result.effect_high = std::max(std::min(std::sqrt(interval.high), 1.0), result.effect);
  }

  /// Nothing to compare: one category that both windows have, or so few rows that all categories are one group, whose
  /// shares may be anything.
  static DriftResult one_group(DriftResult result, const CategoricalSample& reference,
                               const CategoricalSample& current) {
    result.p_value = 1;
    result.effect = 0;
    const double rows = effective_rows(reference.row_count, current.row_count);
    result.detectable_effect = is_one_category(reference, current) ? detectable_v(1, rows) : 1;
    return result;
  }

  static double detectable_v(double degrees_of_freedom, double effective_row_count) {
    return std::min(1.0, std::sqrt(detectable_noncentrality(degrees_of_freedom) / (4 * effective_row_count)));
  }

  double min_effect_, min_expected_;
};

inline ParamSpec min_v_param() {
  return number_param("min_effect", 0.1, "largest Cramér's V that does not matter").min(0).max(1);
}

inline ParamSpec min_expected_param(double fallback) {
  return number_param("min_expected", fallback,
                      "categories expected less often than this in either window are put together")
      .min(0)
      .unit("rows");
}

}  // namespace veleta::statistics
