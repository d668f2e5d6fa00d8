#pragma once

#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/wording.hpp"

namespace veleta::rows {

/// The two-sample Kolmogorov–Smirnov test of what a model makes of rows: few enough values that the host keeps them
/// all. Subject: VELETA_OF_PREDICTIONS or VELETA_OF_ATTRIBUTIONS.
template <int32_t Subject>
class ScoreDrift final : public NumericDetector {
 public:
  static constexpr int32_t kSubject = Subject;

  explicit ScoreDrift(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    statistics::require_values(reference, current);
    const double rows = statistics::effective_rows(reference.row_count, current.row_count);
    const double unit = 1 / std::sqrt(rows), critical = std::sqrt(-std::log(statistics::kAlpha / 2) / 2) * unit;
    const Gap gap = largest_gap(reference, current);
    DriftResult result;
    result.statistic = result.effect = gap.distance;
    result.min_effect = min_effect_;
    result.p_value = p_value(reference.row_count, current.row_count, gap.distance);
    result.effect_low = std::max(gap.distance - critical, 0.0);
    result.effect_high = std::min(gap.distance + critical, 1.0);
    result.detectable_effect = std::min(1.0, critical + statistics::normal_quantile(1 - statistics::kPower) / 2 * unit);
    result.direction = gap.direction;
    if (gap.direction != 0) result.detail = "largest gap at " + statistics::number(gap.at);
    return result;
  }

 private:
  struct Gap {
    double distance = 0, at = 0;
    int direction = 0;
  };

  /// Rows are counted before they are divided, so that equal shares are equal numbers.
  static Gap largest_gap(const NumericSample& reference, const NumericSample& current) {
    Gap gap;
    double before = 0, now = 0;
    for (size_t i = 0; i < reference.values.size(); ++i) {
      before += reference.rows[i];
      now += current.rows[i];
      const double difference = before / reference.row_count - now / current.row_count;
      if (std::abs(difference) > gap.distance)
        gap = {std::abs(difference), reference.values[i], difference > 0 ? 1 : -1};
    }
    return gap;
  }

  /// Exact where counting paths is quick.
  static double p_value(double n, double m, double distance) {
    constexpr double kExactSteps = 2e6;
    if (n * m <= kExactSteps)
      return statistics::kolmogorov_two_sample_sf(static_cast<size_t>(n), static_cast<size_t>(m), distance);
    return statistics::kolmogorov_sf(std::max(std::nearbyint(statistics::effective_rows(n, m)), 1.0), distance);
  }

  double min_effect_;
};

}  // namespace veleta::rows
