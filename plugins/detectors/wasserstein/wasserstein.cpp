#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "bridge.hpp"
#include "statistics/power.hpp"
#include "statistics/sorted_samples.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The quantiles of both windows together, in which each window counts for one half: the smaller one's move would
/// otherwise lie beyond all quantiles of the larger.
class PooledQuantiles {
 public:
  PooledQuantiles(const NumericSample& reference, const NumericSample& current) {
    stats::merge_sorted(reference.sorted, current.sorted, [&](double value, double, double p, double q) {
      values_.push_back(value);
      shares_.push_back((p + q) / 2);
    });
  }

  double at(double level) const {
    const auto found = std::lower_bound(shares_.begin(), shares_.end(), level - 1e-12) - shares_.begin();
    return values_[std::min(static_cast<size_t>(found), values_.size() - 1)];
  }

 private:
  std::vector<double> values_, shares_;
};

/// A standard deviation that a few outliers do not move: the reference's interquartile range over that of the normal
/// distribution's, 1.349. Where half of the values are one, the standard deviation itself, of the current window if the
/// reference is constant; 0: both are.
double robust_scale(const NumericSample& reference, const NumericSample& current) {
  const double range = stats::quantile(reference.sorted, 0.75) - stats::quantile(reference.sorted, 0.25);
  if (range > 0) return range / (2 * stats::normal_quantile(0.25));
  return reference.standard_deviation > 0 ? reference.standard_deviation : current.standard_deviation;
}

/// The Wasserstein distance.
class Wasserstein final : public NumericDetector {
 public:
  explicit Wasserstein(const Params& params)
      : min_effect_(params.number("min_effect")), trim_(params.number("trim")), paths_(trim_) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    std::vector<double> quantiles;
    const PooledQuantiles pooled(reference, current);
    for (size_t i = 0; i <= BridgePaths::kCells; ++i) quantiles.push_back(pooled.at(paths_.level(i)));
    const double trimmed =
        stats::wasserstein_distance(reference.sorted, current.sorted, quantiles.front(), quantiles.back());

    DriftResult result;
    result.statistic = stats::wasserstein_distance(reference.sorted, current.sorted);
    result.min_effect = min_effect_;
    const double scale = robust_scale(reference, current);
    result.effect = scale > 0 ? trimmed / scale : trimmed > 0 ? 1 : 0;
    const double root_rows = std::sqrt(stats::effective_rows(reference.row_count, current.row_count));
    const BridgeIntegral null(paths_, quantiles);
    result.p_value = null.sf(root_rows * trimmed);
    if (scale > 0) {
      const double reach =
          null.critical_value(stats::kAlpha) + stats::normal_quantile(1 - stats::kPower) * null.sigma();
      result.detectable_effect = reach / root_rows / scale;
    }
    const double moved = stats::quantile(current.sorted, 0.5) - stats::quantile(reference.sorted, 0.5);
    result.direction = moved > 0 ? 1 : moved < 0 ? -1 : 0;
    result.detail = fmt::format("median {} → {}", stats::number(stats::quantile(reference.sorted, 0.5)),
                                stats::number(stats::quantile(current.sorted, 0.5)));
    return result;
  }

 private:
  double min_effect_, trim_;
  BridgePaths paths_;
};

}  // namespace

VELETA_DETECTOR(Wasserstein, "wasserstein", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance, in robust standard deviations of the reference, that does not "
                                     "matter")
                    .min(0),
                veleta::number_param("trim", 0.01,
                                     "share of the rows at each end that effect and p-value pass over; the statistic "
                                     "takes all")
                    .min(0)
                    .max(0.4))
