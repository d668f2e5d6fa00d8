#include "null_distribution.hpp"
#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The total variation distance.
class TotalVariation final : public stats::DivergenceDetector {
 public:
  using DivergenceDetector::DivergenceDetector;

 private:
  /// The divergence is T²: what chance adds is told of squares.
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    const double n = stats::total(groups.reference), m = stats::total(groups.current), scale = 1 / n + 1 / m;
    const auto p = stats::filled_shares(groups.reference, 0), q = stats::filled_shares(groups.current, 0);
    const double distance = stats::divergence(stats::kTotalVariation, p, q);
    stats::Evidence evidence;
    evidence.divergence = distance * distance;
    if (stats::occupied(groups) < 2) return evidence;

    const total_variation::NullDistribution null(stats::pooled_shares(groups), scale);
    evidence.p_value = null.sf(distance);
    evidence.chance_mean = null.mean_square();
    const double margin = stats::normal_quantile(stats::kAlpha / 2) *
                          std::sqrt(stats::divergence_variance(stats::kTotalVariation, p, q, n, m));
    // T's mean is no less than the true distance, and exceeds it by no more than its mean where nothing moved.
    const double low = std::max(0.0, distance - null.mean() - margin);
    evidence.interval = {low * low, (distance + margin) * (distance + margin)};
    evidence.detectable = detectable_square(null.quantile(stats::kAlpha), scale);
    return evidence;
  }

  /// T is at least the difference of the event that moved, whose variance is a quarter of the scale at most.
  static double detectable_square(double critical, double scale) {
    const double distance = critical + stats::normal_quantile(1 - stats::kPower) * std::sqrt(scale) / 2;
    return std::min(1.0, distance * distance);
  }

  double shown(double square) const override { return std::sqrt(square); }
  double greatest(double) const override { return 1; }
};

}  // namespace

VELETA_DETECTOR(TotalVariation, "total_variation", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance, beyond what chance adds to it, that does not matter")
                    .min(0)
                    .max(1),
                veleta::statistics::bins_param(),
                veleta::number_param("rare_share", 0.01, "categories with a smaller share are put together into groups")
                    .min(0.001)
                    .max(1))
