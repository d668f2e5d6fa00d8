#include <algorithm>
#include <array>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/evidence.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"
#include "statistics/tails.hpp"
#include "symmetric.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;
using epps_singleton::Eigen, epps_singleton::Square;

/// The places at which the characteristic functions are compared, over half the interquartile range (Epps and Singleton
/// 1986, "An omnibus test for the two-sample problem using the empirical characteristic function").
constexpr double kPlace = 0.4;  // and twice that
constexpr size_t kSize = 4;     // cosine and sine at the first place, cosine and sine at the second
using Four = std::array<double, kSize>;

/// Quantiles of both windows' rows together, between two rows in proportion.
class PooledQuantile {
 public:
  PooledQuantile(const NumericSample& reference, const NumericSample& current)
      : reference_(reference), current_(current) {}

  double at(double level) const {
    const double rank = level * (reference_.row_count + current_.row_count - 1), lower = std::floor(rank);
    const double low = row(lower), part = rank - lower;
    return part > 0 ? low + part * (row(lower + 1) - low) : low;
  }

 private:
  /// The value of a row, counted from 0.
  double row(double rank) const {
    double rows = 0;
    for (size_t i = 0; i < reference_.values.size(); ++i)
      if ((rows += reference_.rows[i] + current_.rows[i]) > rank) return reference_.values[i];
    return reference_.values.back();
  }

  const NumericSample& reference_;
  const NumericSample& current_;
};

/// Means and covariances of the four functions in one window.
struct Moments {
  Four mean{};
  Square<kSize> covariance{};  ///< sums of products until finish

  void add(double rows, const Four& functions) {
    for (size_t i = 0; i < kSize; ++i) {
      mean[i] += rows * functions[i];
      for (size_t j = 0; j <= i; ++j) covariance[i][j] += rows * functions[i] * functions[j];
    }
  }
  void finish(double rows) {
    for (double& value : mean) value /= rows;
    for (size_t i = 0; i < kSize; ++i)
      for (size_t j = 0; j <= i; ++j) covariance[j][i] = covariance[i][j] = covariance[i][j] / rows - mean[i] * mean[j];
  }
};

/// Both windows' moments. The values are taken from `center` on, which turns the functions and changes nothing.
struct Comparison {
  Moments reference, current;
  Four difference{};
  Square<kSize> error{};       ///< covariance of the difference, each window by its own rows
  Square<kSize> null_error{};  ///< the same where nothing moved, by the rows of both

  Comparison(const NumericSample& of_reference, const NumericSample& of_current, double center, double scale) {
    const double n = of_reference.row_count, m = of_current.row_count;
    for (size_t i = 0; i < of_reference.values.size(); ++i) {
      const double angle = kPlace * ((of_reference.values[i] - center) / scale);
      const double cosine = std::cos(angle), sine = std::sin(angle);
      const Four functions{cosine, sine, 2 * cosine * cosine - 1, 2 * sine * cosine};
      reference.add(of_reference.rows[i], functions);
      current.add(of_current.rows[i], functions);
    }
    reference.finish(n);
    current.finish(m);
    for (size_t i = 0; i < kSize; ++i) {
      difference[i] = current.mean[i] - reference.mean[i];
      for (size_t j = 0; j < kSize; ++j) {
        const double before = reference.covariance[i][j], now = current.covariance[i][j];
        error[i][j] = before / n + now / m;
        null_error[i][j] = (n * before + m * now) / (n + m) * (1 / n + 1 / m);
      }
    }
  }

  /// The greater distance of the two characteristic functions' values.
  double distance() const {
    return std::max(std::hypot(difference[0], difference[1]), std::hypot(difference[2], difference[3]));
  }
  /// The greatest variance of the difference at either place, in any direction of the complex plane.
  double greatest_variance() const {
    auto of_place = [&](size_t i) {
      const double middle = (error[i][i] + error[i + 1][i + 1]) / 2, half = (error[i][i] - error[i + 1][i + 1]) / 2;
      return middle + std::hypot(half, error[i][i + 1]);
    };
    return std::max(of_place(0), of_place(2));
  }
};

/// The difference's square in units of its error; kUnsupported where the four functions depend on each other.
double chi_squared(const Four& difference, const Square<kSize>& covariance) {
  const Eigen<kSize> error(covariance);
  const double greatest = *std::ranges::max_element(error.values);
  double sum = 0;
  for (size_t i = 0; i < kSize; ++i) {
    if (!(error.values[i] > 1e-10 * greatest))
      throw Error(ErrorCode::kUnsupported,
                  "epps_singleton needs five values or more that differ in both windows together: with so few the "
                  "characteristic functions' values depend on each other");
    double along = 0;
    for (size_t j = 0; j < kSize; ++j) along += error.vectors[i][j] * difference[j];
    sum += along * along / error.values[i];
  }
  return sum;
}

/// Of windows below 25 rows (Epps and Singleton 1986, p. 182).
double small_window_correction(double n, double m) {
  if (std::max(n, m) >= 25) return 1;
  return 1 / (1 + std::pow(n + m, -0.45) + 10.1 * (std::pow(n, -1.7) + std::pow(m, -1.7)));
}

/// The Epps–Singleton test.
class EppsSingleton final : public NumericDetector {
 public:
  explicit EppsSingleton(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const PooledQuantile pooled(reference, current);
    const double range = pooled.at(0.75) - pooled.at(0.25);
    if (!(range > 0))
      throw Error(ErrorCode::kUnsupported,
                  "epps_singleton measures in interquartile ranges, and half of the rows of both windows together have "
                  "one value");
    const Comparison comparison(reference, current, pooled.at(0.5), range / 2);
    if (!std::isfinite(comparison.distance()))
      throw Error(ErrorCode::kUnsupported,
                  "epps_singleton cannot tell values apart that are 1e300 times as far from the "
                  "median as the quartiles are");
    DriftResult result;
    const double correction = small_window_correction(reference.row_count, current.row_count);
    result.statistic = chi_squared(comparison.difference, comparison.error) * correction;
    const double null_statistic = chi_squared(comparison.difference, comparison.null_error) * correction;
    result.p_value = stats::chi_squared_sf(null_statistic, kSize);
    result.effect = comparison.distance();
    result.min_effect = min_effect_;
    const double variance = comparison.greatest_variance();
    result.detectable_effect = std::sqrt(stats::detectable_noncentrality(kSize) * variance);
    // All of the difference's directions at once (Scheffé 1953).
    stats::set_interval(result, std::sqrt(stats::chi_squared_quantile(stats::kAlpha, kSize) * variance), 2);
    stats::tell_medians(result, reference, current);
    return result;
  }

 private:
  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(EppsSingleton, "epps_singleton", "1.0.0",
                veleta::number_param("min_effect", 0.12,
                                     "largest distance between the two characteristic functions, of 0 to 2, that does "
                                     "not matter")
                    .min(0)
                    .max(2))
