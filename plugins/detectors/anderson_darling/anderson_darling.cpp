#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <veleta/detector.hpp>

#include "statistics/bridge_squares.hpp"
#include "statistics/evidence.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;
constexpr double kPi = std::numbers::pi;

/// log of -cos(pi / 2 sqrt(1 + 4 z)) / (pi z), the determinant of the integral of B(u)^2 / (u (1 - u)) du (Anderson and
/// Darling 1952, section 5).
std::complex<double> log_determinant(std::complex<double> z) {
  constexpr std::complex<double> i(0, 1);
  const std::complex<double> root = kPi / 2 * std::sqrt(1.0 + 4.0 * z);
  return -i * root + std::log(1.0 + std::exp(2.0 * i * root)) - std::log(2 * kPi * z) + i * kPi;
}
constexpr double kFirstZero = 2;
constexpr stats::NullForm kContinuous{2.4924, 1, 2 * (kPi * kPi - 9) / 3, 1 / kFirstZero};

/// The variance of the statistic of two windows without ties (Scholz and Stephens 1987, "K-sample Anderson–Darling
/// tests", eq. 4), where g = sum over i < j of 1 / ((N - i) j), which is sum of 1 / i^2 up to N - 1 less 2 h / N.
double variance(double n, double m) {
  const double rows = n + m;
  if (rows < 4) return kContinuous.variance;
  const double inverse = 1 / n + 1 / m;
  const double h = boost::math::digamma(rows) + std::numbers::egamma;
  const double g = kPi * kPi / 6 - boost::math::trigamma(rows) - 2 * h / rows;
  const double a = 4 * g - 6 + (10 - 6 * g) * inverse;
  const double b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6;
  const double c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * inverse + 4 * h;
  const double d = (2 * h + 6) * 4 - 8 * h;
  return (((a * rows + b) * rows + c) * rows + d) / ((rows - 1) * (rows - 2) * (rows - 3));
}

/// One comparison: the squared norm, and the points at which the columns' ties let the bridge be seen.
struct Comparison {
  double criterion = 0;     ///< mean of (F - G)^2 / (H (1 - H)) with midranks, in units of 1 / effective rows
  double squared_norm = 0;  ///< the same mean where each window counts for one half
  stats::BridgeSquares null;

  /// Variance of the mean of a bridge before and after a jump at `middle`; infinite where there is no more than that.
  static double spread(double middle, double jump) {
    const double variance = middle * (1 - middle) - jump / 4;
    return variance > 1e-14 ? variance : std::numeric_limits<double>::infinity();
  }

  /// The terms of eq. 7 of Scholz and Stephens, in shares of the rows.
  Comparison(const NumericSample& reference, const NumericSample& current) {
    const double n = reference.row_count, m = current.row_count, rows = n + m;
    stats::visit_values(reference, current, [&](const stats::SharedValue& at) {
      const double reference_middle = at.reference_below + at.reference_rows / 2;
      const double current_middle = at.current_below + at.current_rows / 2;
      const double square = std::pow(reference_middle / n - current_middle / m, 2);
      const double middle = (reference_middle + current_middle) / rows;
      const double share = (at.reference_rows + at.current_rows) / rows;
      const double weight = share / spread(middle, share);
      criterion += weight * square;
      null.add(middle, weight, share);
      const double even_middle = (reference_middle / n + current_middle / m) / 2;
      const double even_share = (at.reference_rows / n + at.current_rows / m) / 2;
      squared_norm += even_share / spread(even_middle, even_share) * square;
    });
    criterion *= stats::effective_rows(n, m);
  }
};

/// The two-sample Anderson–Darling test.
class AndersonDarling final : public NumericDetector {
 public:
  explicit AndersonDarling(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const double n = reference.row_count, m = current.row_count;
    const Comparison comparison(reference, current);
    const bool continuous = stats::is_continuous(reference, current);
    const double criterion = comparison.criterion * (n + m - 1) / (n + m);
    const double deviation = std::sqrt(variance(n, m));
    DriftResult result;
    result.statistic = (criterion - 1) / deviation;
    result.p_value = p_value(comparison, 1 + result.statistic * std::sqrt(kContinuous.variance), continuous);
    result.min_effect = min_effect_;
    stats::set_squared_norm(result, comparison.squared_norm, continuous ? kContinuous : comparison.null.form(), 1,
                            stats::effective_rows(n, m));
    stats::tell_largest_gap(result, stats::gaps(reference, current));
    return result;
  }

 private:
  static double p_value(const Comparison& comparison, double at_limit, bool continuous) {
    if (!(comparison.criterion > 0)) return 1;
    return continuous ? stats::weighted_chi_squared_sf(at_limit, kFirstZero, log_determinant)
                      : comparison.null.sf(at_limit);
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(AndersonDarling, "anderson_darling", "1.0.0",
                veleta::number_param("min_effect", 0.17,
                                     "largest root mean squared distance between the two distribution functions, in "
                                     "standard deviations of each, that does not matter")
                    .min(0))
