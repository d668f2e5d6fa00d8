#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/evidence.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"
#include "statistics/student_t.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// A window's mean without its outermost rows, and how far it may err (Yuen 1974, "The two-sample trimmed t for unequal
/// population variances").
struct TrimmedMean {
  double mean;   ///< of the kept rows, from `center` on
  double kept;   ///< rows
  double error;  ///< squared standard error of the mean, where the rows cut are as the outermost kept ones
  double freedom() const { return kept - 1; }

  /// Cuts the whole number of rows at each end that is next below `trim` of all. Values are counted from `center` on,
  /// in units of 1 / `factor`.
  TrimmedMean(const NumericSample& sample, double trim, double center, double factor) {
    const double cut = std::floor(trim * sample.row_count);
    kept = sample.row_count - 2 * cut;
    double below = 0, sum = 0, squares = 0, lowest = 0, highest = 0;
    bool any = false;
    for (size_t i = 0; i < sample.values.size(); ++i) {
      const double rows = std::min(below + sample.rows[i], cut + kept) - std::max(below, cut);
      below += sample.rows[i];
      if (!(rows > 0)) continue;
      const double value = (sample.values[i] - center) * factor;
      sum += rows * value;
      squares += rows * value * value;
      highest = value;
      if (!any) lowest = value;
      any = true;
    }
    mean = sum / kept;
    const double all_sum = sum + cut * (lowest + highest);
    const double all_squares = squares + cut * (lowest * lowest + highest * highest);
    error = std::max(0.0, all_squares - all_sum * all_sum / sample.row_count) / (kept * (kept - 1));
  }
};

/// A power of two by which the values' squares neither overflow nor vanish.
double safe_factor(const NumericSample& sample) {
  const double largest = std::max(std::abs(sample.values.front()), std::abs(sample.values.back()));
  return largest > 0 ? std::exp2(-std::clamp(std::ilogb(largest) + 1, -1000, 1000)) : 1;
}

void require_rows(const NumericSample& sample, const char* window, double trim) {
  const double kept = sample.row_count - 2 * std::floor(trim * sample.row_count);
  if (kept < 2)
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("welch_t needs two rows of each window to tell how far its mean may err; {} has {}", window, kept));
}

/// Welch's t-test of trimmed means.
class WelchT final : public NumericDetector {
 public:
  explicit WelchT(const Params& params) : min_effect_(params.number("min_effect")), trim_(params.number("trim")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    require_rows(reference, "the reference", trim_);
    require_rows(current, "the current window", trim_);
    const double factor = safe_factor(reference), center = stats::quantile(reference, 0.5);
    const TrimmedMean before(reference, trim_, center, factor), now(current, trim_, center, factor);
    const double moved = now.mean - before.mean, error = before.error + now.error;

    DriftResult result;
    result.min_effect = min_effect_;
    result.direction = moved > 0 ? 1 : moved < 0 ? -1 : 0;
    result.detail = fmt::format("mean {} → {}", stats::number(center + before.mean / factor),
                                stats::number(center + now.mean / factor));
    if (!(error > 0)) return of_constants(result, moved);
    // Satterthwaite (1946).
    const double freedom =
        error * error / (before.error * before.error / before.freedom() + now.error * now.error / now.freedom());
    result.statistic = -moved / std::sqrt(error);
    result.p_value = stats::student_t_two_sided(result.statistic, freedom);
    const stats::Scale robust = stats::robust_scale(reference, current);
    const double scale = robust.value * factor, effect = moved / scale;
    const double unit = std::sqrt(error) / scale, critical = stats::student_t_quantile(stats::kAlpha, freedom);
    const double reach = std::hypot(critical * unit, effect * robust.relative_error);
    result.effect = std::abs(effect);
    result.detectable_effect = (critical + stats::normal_quantile(1 - stats::kPower)) * unit;
    stats::set_absolute_interval(result, effect - reach, effect + reach);
    return result;
  }

 private:
  DriftResult of_constants(DriftResult result, double moved) const {
    if (moved != 0)
      throw Error(
          ErrorCode::kUnsupported,
          fmt::format("welch_t cannot tell how far the means may err: within the middle {} neither window varies",
                      stats::percent(1 - 2 * trim_)));
    result.statistic = result.effect = 0;
    result.p_value = 1;
    return result;
  }

  double min_effect_, trim_;
};

}  // namespace

VELETA_DETECTOR(WelchT, "welch_t", "1.0.0",
                veleta::number_param("min_effect", 0.15,
                                     "largest difference of the means, in robust standard deviations of the reference, "
                                     "that does not matter")
                    .min(0),
                veleta::number_param("trim", 0.1,
                                     "share of the rows cut at each end before the means are taken; 0: Welch's test "
                                     "proper, which one outlier can blind")
                    .min(0)
                    .max(0.4))
