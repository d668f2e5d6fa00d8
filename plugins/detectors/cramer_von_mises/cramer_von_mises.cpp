#include <cmath>
#include <complex>
#include <numbers>
#include <veleta/detector.hpp>

#include "exact.hpp"
#include "statistics/bridge_squares.hpp"
#include "statistics/evidence.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// log of sin(sqrt z) / sqrt z, the determinant of the integral of B(u)^2 du (Anderson and Darling 1952, eq. 4.15).
std::complex<double> log_determinant(std::complex<double> z) {
  constexpr std::complex<double> i(0, 1);
  const std::complex<double> root = std::sqrt(z);
  return -i * root + std::log(1.0 - std::exp(2.0 * i * root)) + std::log(i / 2.0) - std::log(root);
}
constexpr double kFirstZero = std::numbers::pi * std::numbers::pi;
constexpr stats::NullForm kContinuous{0.46136, 1.0 / 6, 1.0 / 45, 1 / kFirstZero};

/// One comparison: the statistic, and the points at which the columns' ties let the bridge be seen.
struct Comparison {
  double statistic = 0;
  double squared_norm = 0;  ///< mean of the squared distance, each window counting for one half
  stats::BridgeSquares null;

  Comparison(const NumericSample& reference, const NumericSample& current) {
    const double rows = reference.row_count + current.row_count;
    double gap_before = 0, weight_before = 0, share_before = 0;
    stats::visit_values(reference, current, [&](const stats::SharedValue& at) {
      const double weight = (at.reference_rows + at.current_rows) / rows;
      const double gap = at.reference_share - at.current_share;
      const double square = (gap_before * gap_before + gap * gap) / 2;
      statistic += weight * square;
      squared_norm += (at.reference_rows / reference.row_count + at.current_rows / current.row_count) / 2 * square;
      if (share_before > 0 && share_before < 1) null.add(share_before, (weight_before + weight) / 2);
      gap_before = gap, weight_before = weight, share_before += weight;
    });
    statistic *= stats::effective_rows(reference.row_count, current.row_count);
  }
};

/// Mean and variance of the statistic for windows of n and m rows over those of its limit (Anderson 1962, eq. 14 and
/// 16).
struct Correction {
  double mean, variance;

  Correction(double n, double m) {
    const double rows = n + m, pairs = n * m;
    mean = 1 + 1 / rows;
    variance = (rows + 1) / (rows * rows) * (rows - 3 * (n * n + m * m) / (4 * pairs) - 0.5);
  }
  /// The value of the limit that is as far from its mean.
  double to_limit(double statistic, double limit_mean) const {
    if (!(variance > 0)) return statistic;
    return limit_mean + (statistic - limit_mean * mean) / std::sqrt(variance);
  }
};

/// The two-sample Cramér–von Mises test.
class CramerVonMises final : public NumericDetector {
 public:
  explicit CramerVonMises(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const Comparison comparison(reference, current);
    const bool continuous = stats::is_continuous(reference, current);
    DriftResult result;
    result.statistic = comparison.statistic;
    result.p_value = p_value(reference, current, comparison, continuous);
    result.min_effect = min_effect_;
    stats::set_squared_norm(result, comparison.squared_norm, continuous ? kContinuous : comparison.null.form(), 1,
                            stats::effective_rows(reference.row_count, current.row_count));
    stats::tell_largest_gap(result, stats::gaps(reference, current));
    return result;
  }

 private:
  static double p_value(const NumericSample& reference, const NumericSample& current, const Comparison& comparison,
                        bool continuous) {
    const double n = reference.row_count, m = current.row_count;
    if (std::max(n, m) <= 20 && stats::is_tie_free(reference, current))
      if (const auto p =
              cramer_von_mises::exact_p(static_cast<size_t>(n), static_cast<size_t>(m), comparison.statistic))
        return *p;
    const Correction correction(n, m);
    if (!continuous) return comparison.null.sf(correction.to_limit(comparison.statistic, comparison.null.mean()));
    return stats::weighted_chi_squared_sf(correction.to_limit(comparison.statistic, kContinuous.mean), kFirstZero,
                                          log_determinant);
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(CramerVonMises, "cramer_von_mises", "1.0.0",
                veleta::number_param("min_effect", 0.075,
                                     "largest root mean squared distance between the two distribution functions that "
                                     "does not matter")
                    .min(0)
                    .max(1))
