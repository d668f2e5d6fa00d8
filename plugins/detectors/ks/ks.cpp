#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/sorted_samples.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

bool is_grid(const NumericSample& sample) { return sample.row_count > static_cast<double>(sample.sorted.size()); }

/// A grid of g even quantiles stands for a distribution function to 1 / (2 g).
double grid_error(const NumericSample& sample) {
  return is_grid(sample) ? 0.5 / static_cast<double>(sample.sorted.size()) : 0;
}

/// The distance that two-sided tests at kAlpha find with probability kPower: the critical value sqrt(-ln(alpha / 2) /
/// 2) plus z(power) / 2 in units of 1 / sqrt(effective rows), since the two functions' difference at any one point has
/// a standard deviation of half that unit at most.
double detectable_distance(double effective_rows) {
  const double critical = std::sqrt(-std::log(stats::kAlpha / 2) / 2);
  return std::min(1.0, (critical + stats::normal_quantile(1 - stats::kPower) / 2) / std::sqrt(effective_rows));
}

/// The two-sample Kolmogorov–Smirnov test.
class KolmogorovSmirnov final : public NumericDetector {
 public:
  explicit KolmogorovSmirnov(const Params& params)
      : min_effect_(params.number("min_effect")), exact_max_rows_(params.integer("exact_max_rows")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const auto gap = stats::largest_gap(reference.sorted, current.sorted);
    DriftResult result;
    result.statistic = result.effect = gap.distance;
    result.p_value = p_value(reference, current, gap.distance);
    result.min_effect = min_effect_;
    result.detectable_effect = detectable_distance(stats::effective_rows(reference.row_count, current.row_count));
    result.direction = gap.direction;
    if (gap.direction != 0) result.detail = "largest gap at " + stats::number(gap.at);
    return result;
  }

 private:
  double p_value(const NumericSample& reference, const NumericSample& current, double distance) const {
    const bool grids = is_grid(reference) || is_grid(current);
    if (!grids && std::max(reference.row_count, current.row_count) <= static_cast<double>(exact_max_rows_))
      return stats::kolmogorov_two_sample_sf(reference.sorted.size(), current.sorted.size(), distance);
    const double rows = std::nearbyint(stats::effective_rows(reference.row_count, current.row_count));
    const double certain = std::max(0.0, distance - grid_error(reference) - grid_error(current));
    return stats::kolmogorov_sf(std::max(rows, 1.0), certain);
  }

  double min_effect_;
  int64_t exact_max_rows_;
};

}  // namespace

VELETA_DETECTOR(KolmogorovSmirnov, "ks", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance between the two distribution functions that does not matter")
                    .min(0)
                    .max(1),
                veleta::integer_param("exact_max_rows", 2000,
                                      "windows up to so many rows get the exact p-value, larger ones the asymptotic")
                    .min(0)
                    .max(10000)
                    .unit("rows"))
