#include <veleta/detector.hpp>

#include "statistics/bins.hpp"
#include "statistics/share_change.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Rows of one value out of a window's, in both windows.
stats::Proportions share_of(const stats::GroupCounts& groups, size_t group, double reference_rows,
                            double current_rows) {
  return {groups.reference[group], reference_rows, groups.current[group], current_rows};
}

/// The group whose share moved most beyond chance, and how likely chance is to move it so far.
struct GreatestMove {
  size_t group = 0;
  double p_value = 2;

  GreatestMove(const stats::GroupCounts& groups, double reference_rows, double current_rows) {
    for (size_t i = 0; i < groups.reference.size(); ++i) {
      if (groups.reference[i] + groups.current[i] == 0) continue;
      const double p = stats::proportions_p(share_of(groups, i, reference_rows, current_rows));
      if (p <= p_value * kAlike) *this = {i, p};
    }
  }

 private:
  static constexpr double kAlike = 1 + 1e-9;  // of two values the later one speaks, whatever rounding says

  GreatestMove(size_t of_group, double p) : group(of_group), p_value(p) {}
};

/// Compares the share of each value; of many numbers, of each of the reference's quantile bins.
class ProportionsZ final : public NumericDetector, public CategoricalDetector {
 public:
  explicit ProportionsZ(const Params& params)
      : min_effect_(params.number("min_effect")), bins_(static_cast<double>(params.integer("bins"))) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const auto bins =
        reference.values.size() <= 2
            ? stats::Bins{{{reference.rows.begin(), reference.rows.end()}, {current.rows.begin(), current.rows.end()}},
                          {reference.values.begin(), reference.values.end()},
                          {reference.values.begin(), reference.values.end()}}
            : stats::quantile_bins(reference, current, stats::bins_for(reference.row_count, current.row_count, bins_));
    auto result = judge(bins.groups, [&](size_t bin) { return stats::place(bins, bin); });
    result.direction = stats::direction(bins.groups);
    return result;
  }

  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    stats::require_values(reference, current);
    const stats::GroupCounts groups{{reference.counts.begin(), reference.counts.end()},
                                    {current.counts.begin(), current.counts.end()}};
    return judge(groups, [&](size_t label) { return std::string(reference.labels[label]); });
  }

 private:
  template <typename NameOf>
  DriftResult judge(const stats::GroupCounts& groups, NameOf name_of) const {
    const double n = stats::total(groups.reference), m = stats::total(groups.current);
    const GreatestMove greatest(groups, n, m);
    const auto table = share_of(groups, greatest.group, n, m);
    auto result = stats::share_change(table, min_effect_);
    correct(result, stats::occupied(groups));
    result.detail = name_of(greatest.group) + " " + stats::share_move(table);
    return result;
  }

  /// Bonferroni's correction for the choice among more than two shares; of two, one says all of the other.
  static void correct(DriftResult& result, double groups) {
    if (groups <= 2) return;
    result.p_value = std::min(1.0, groups * result.p_value);
    const double power = stats::normal_quantile(1 - stats::kPower);
    const double harder = (stats::normal_quantile(stats::kAlpha / 2 / groups) + power) /
                          (stats::normal_quantile(stats::kAlpha / 2) + power);
    result.detectable_effect = std::min(1.0, harder * result.detectable_effect);
  }

  double min_effect_, bins_;
};

}  // namespace

VELETA_DETECTOR(
    ProportionsZ, "z_proportions", "1.0.0",
    veleta::number_param("min_effect", 0.05, "largest change of a share that does not matter").min(0).max(1),
    veleta::statistics::bins_param())
