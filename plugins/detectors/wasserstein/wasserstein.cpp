#include <array>
#include <cmath>
#include <span>
#include <veleta/detector.hpp>

#include "bridge.hpp"
#include "statistics/evidence.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The 1-Wasserstein distance: the area between the distribution functions F and G (Vallender 1974).
struct Areas {
  double all = 0;
  double kept = 0;                                    ///< where (F + G) / 2 is among the levels of the paths
  std::array<double, BridgePaths::kCells> weights{};  ///< of (F + G) / 2, for the null distribution of `kept`

  Areas(const NumericSample& reference, const NumericSample& current, const BridgePaths& paths) {
    constexpr double kRounding = 1e-12;
    const std::span<const double> levels = paths.levels();
    size_t cell = 0;
    stats::visit_values(reference, current, [&](const stats::SharedValue& at) {
      const double width = at.next - at.value, area = std::abs(at.reference_share - at.current_share) * width;
      all += area;
      // Each window counts for one half: the smaller one's move would otherwise lie beyond all levels of the larger.
      const double level = (at.reference_share + at.current_share) / 2;
      if (level < levels.front() - kRounding || level >= levels.back() - kRounding) return;
      kept += area;
      while (level >= levels[cell + 1]) ++cell;
      weights[cell] += std::sqrt(level * (1 - level)) * width;
    });
  }
};

/// The Wasserstein distance.
class Wasserstein final : public NumericDetector {
 public:
  explicit Wasserstein(const Params& params)
      : min_effect_(params.number("min_effect")), paths_(params.number("trim")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const Areas areas(reference, current, paths_);

    DriftResult result;
    result.statistic = areas.all;
    result.min_effect = min_effect_;
    const auto [scale, scale_error] = stats::robust_scale(reference, current);
    result.effect = scale > 0 ? areas.kept / scale : areas.kept > 0 ? 1 : 0;
    const double root_rows = std::sqrt(stats::effective_rows(reference.row_count, current.row_count));
    const BridgeIntegral null(paths_, areas.weights);
    result.p_value = null.sf(root_rows * areas.kept);
    if (scale > 0) {
      const double critical = null.critical_value();
      const double reach = critical + stats::normal_quantile(1 - stats::kPower) * null.sigma();
      result.detectable_effect = reach / root_rows / scale;
      stats::set_interval(result, critical / root_rows / scale);
      stats::widen_interval(result, result.effect * scale_error);
    }
    stats::tell_medians(result, reference, current);
    return result;
  }

 private:
  double min_effect_;
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
