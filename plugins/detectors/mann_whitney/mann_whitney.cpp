#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "exact.hpp"
#include "statistics/evidence.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Sum and sum of squares of rows that each have a value.
struct Moments {
  double sum = 0, squares = 0;

  void add(double rows, double value) {
    sum += rows * value;
    squares += rows * value * value;
  }
  double variance(double rows) const { return std::max(0.0, squares - sum * sum / rows) / std::max(rows - 1, 1.0); }
};

/// All pairs of a reference row and a current row.
struct Pairs {
  double reference_higher = 0;  ///< pairs in which the reference row is higher, ties by half: the statistic U
  double tie_sum = 0;           ///< sum of t^3 - t over the rows t of each value
  Moments reference, current;   ///< of each row's share of lower rows in the other window

  Pairs(const NumericSample& of_reference, const NumericSample& of_current) {
    stats::visit_values(of_reference, of_current, [&](const stats::SharedValue& at) {
      const double lower_current = at.current_below + at.current_rows / 2;
      reference_higher += at.reference_rows * lower_current;
      const double tied = at.reference_rows + at.current_rows;
      tie_sum += tied * (tied * tied - 1);
      reference.add(at.reference_rows, lower_current / of_current.row_count);
      current.add(at.current_rows, (at.reference_below + at.reference_rows / 2) / of_reference.row_count);
    });
  }
};

/// Standard deviation of U where nothing moved, with the correction for ties.
double null_deviation(double n, double m, double tie_sum) {
  const double rows = n + m;
  return std::sqrt(std::max(0.0, n * m / 12 * (rows + 1 - tie_sum / (rows * (rows - 1)))));
}

/// The interval of Cliff's delta by Feng and Cliff (2004, "Monte Carlo evaluation of ordinal d with improved confidence
/// interval"), which stays within [-1, 1].
void set_delta_interval(DriftResult& result, double delta, double deviation, double smaller_window) {
  const double z = stats::normal_quantile(stats::kAlpha / 2), zs = z * deviation;
  const double rest = 1 - delta * delta;
  if (rest + zs * zs <= 0) {
    result.effect_low = std::max(0.0, (smaller_window - z * z) / (smaller_window + z * z));
    result.effect_high = 1;
    return;
  }
  const double reach = zs * std::sqrt(rest * rest + zs * zs);
  stats::set_absolute_interval(result, (delta * rest - reach) / (rest + zs * zs),
                               (delta * rest + reach) / (rest + zs * zs));
}

/// The Mann–Whitney U test.
class MannWhitney final : public NumericDetector {
 public:
  explicit MannWhitney(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const double n = reference.row_count, m = current.row_count;
    const Pairs pairs(reference, current);
    const double u = pairs.reference_higher, delta = 1 - 2 * (u / (n * m));
    const double deviation = null_deviation(n, m, pairs.tie_sum);

    DriftResult result;
    result.statistic = u;
    result.effect = std::abs(delta);
    result.min_effect = min_effect_;
    if (stats::is_tie_free(reference, current) && mann_whitney::is_exact(n, m))
      result.p_value = mann_whitney::exact_p(static_cast<size_t>(n), static_cast<size_t>(m), std::max(u, n * m - u));
    else
      result.p_value = asymptotic_p(std::abs(u - n * m / 2), deviation);
    if (deviation > 0) {
      const double z = stats::normal_quantile(stats::kAlpha / 2) + stats::normal_quantile(1 - stats::kPower);
      result.detectable_effect = std::min(1.0, 2 * z * deviation / (n * m));
    }
    // The error of the share of pairs by DeLong, DeLong and Clarke-Pearson (1988).
    const double share_variance = pairs.reference.variance(n) / n + pairs.current.variance(m) / m;
    set_delta_interval(result, delta, 2 * std::sqrt(share_variance), std::min(n, m));
    result.direction = delta > 0 ? 1 : delta < 0 ? -1 : 0;
    result.detail = "higher than the reference in " + stats::percent((1 + delta) / 2) + " of pairs";
    return result;
  }

 private:
  static double asymptotic_p(double distance, double deviation) {
    if (!(deviation > 0)) return 1;
    return std::min(1.0, 2 * stats::normal_sf((distance - 0.5) / deviation));
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(MannWhitney, "mann_whitney", "1.0.0",
                veleta::number_param("min_effect", 0.15,
                                     "largest Cliff's delta, |P(higher) - P(lower)| over all pairs, that does not "
                                     "matter")
                    .min(0)
                    .max(1))
