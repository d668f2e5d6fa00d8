#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/evidence.hpp"
#include "statistics/kolmogorov.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// In units of 1 / sqrt(effective rows): the distance that chance exceeds with probability kAlpha (Smirnov 1948).
double critical_distance() { return std::sqrt(-std::log(stats::kAlpha / 2) / 2); }

/// The distance that two-sided tests at kAlpha find with probability kPower: the critical one plus z(power) / 2 in
/// units of 1 / sqrt(effective rows), since the two functions' difference at any one point has a standard deviation of
/// half that unit at most.
double detectable_distance(double effective_rows) {
  const double reach = critical_distance() + stats::normal_quantile(1 - stats::kPower) / 2;
  return std::min(1.0, reach / std::sqrt(effective_rows));
}

bool is_whole(const NumericSample& sample) {
  return std::ranges::all_of(sample.rows, [](double rows) { return rows == std::nearbyint(rows); });
}

/// The two-sample Kolmogorov–Smirnov test.
class KolmogorovSmirnov final : public NumericDetector {
 public:
  explicit KolmogorovSmirnov(const Params& params)
      : min_effect_(params.number("min_effect")), exact_max_rows_(params.integer("exact_max_rows")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const stats::Gaps gaps = stats::gaps(reference, current);
    const double effective_rows = stats::effective_rows(reference.row_count, current.row_count);
    DriftResult result;
    result.statistic = result.effect = gaps.largest();
    result.p_value = p_value(reference, current, gaps.largest());
    result.min_effect = min_effect_;
    result.detectable_effect = detectable_distance(effective_rows);
    stats::set_interval(result, critical_distance() / std::sqrt(effective_rows), 1);
    stats::tell_largest_gap(result, gaps);
    return result;
  }

 private:
  double p_value(const NumericSample& reference, const NumericSample& current, double distance) const {
    const double n = reference.row_count, m = current.row_count;
    if (std::max(n, m) <= static_cast<double>(exact_max_rows_) && is_whole(reference) && is_whole(current))
      return stats::kolmogorov_two_sample_sf(static_cast<size_t>(n), static_cast<size_t>(m), distance);
    return stats::kolmogorov_sf(std::max(std::nearbyint(stats::effective_rows(n, m)), 1.0), distance);
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
