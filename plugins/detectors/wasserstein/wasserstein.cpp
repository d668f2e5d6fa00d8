#include <cmath>
#include <veleta/detector.hpp>

#include "bridge.hpp"
#include "statistics/evidence.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The Wasserstein distance.
class Wasserstein final : public NumericDetector {
 public:
  explicit Wasserstein(const Params& params)
      : min_effect_(params.number("min_effect")), trim_(params.number("trim")), paths_(trim_) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const std::vector<double> quantiles = stats::even_quantiles(reference, current, paths_.levels());
    const double trimmed = stats::wasserstein_distance(reference, current, quantiles.front(), quantiles.back());

    DriftResult result;
    result.statistic = stats::wasserstein_distance(reference, current);
    result.min_effect = min_effect_;
    const auto [scale, scale_error] = stats::robust_scale(reference, current);
    result.effect = scale > 0 ? trimmed / scale : trimmed > 0 ? 1 : 0;
    const double root_rows = std::sqrt(stats::effective_rows(reference.row_count, current.row_count));
    const BridgeIntegral null(paths_, quantiles);
    result.p_value = null.sf(root_rows * trimmed);
    if (scale > 0) {
      const double critical = null.critical_value(stats::kAlpha);
      const double reach = critical + stats::normal_quantile(1 - stats::kPower) * null.sigma();
      result.detectable_effect = reach / root_rows / scale;
      stats::set_interval(result, critical / root_rows / scale);
      stats::widen_interval(result, result.effect * scale_error);
    }
    stats::tell_medians(result, reference, current);
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
