#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "kuiper_tail.hpp"
#include "statistics/evidence.hpp"
#include "statistics/power.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// In units of 1 / sqrt(rows): the distance that chance exceeds once in twenty (Kuiper 1960).
constexpr double kCritical = 1.747;

/// The chance of windows of n and m rows to lie apart on the circle, n + m of all C(n + m, n) orders: no V is rarer.
double least_p(double n, double m) {
  return std::min(1.0, std::exp(std::log(n + m) + std::lgamma(n + 1) + std::lgamma(m + 1) - std::lgamma(n + m + 1)));
}

/// "0.12 higher at 3, 0.08 lower at 7".
std::string describe(const stats::Gaps& gaps) {
  std::string text;
  if (gaps.up > 0) text = fmt::format("{:.2g} higher at {}", gaps.up, stats::number(gaps.up_at));
  if (gaps.down > 0)
    text += fmt::format("{}{:.2g} lower at {}", text.empty() ? "" : ", ", gaps.down, stats::number(gaps.down_at));
  return text;
}

/// The two-sample Kuiper test.
class Kuiper final : public NumericDetector {
 public:
  explicit Kuiper(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const stats::Gaps gaps = stats::gaps(reference, current);
    const double effective_rows = stats::effective_rows(reference.row_count, current.row_count);
    DriftResult result;
    result.statistic = result.effect = std::min(1.0, gaps.up + gaps.down);
    result.p_value = std::max(kuiper_sf(std::max(std::nearbyint(effective_rows), 1.0), result.statistic),
                              least_p(reference.row_count, current.row_count));
    result.min_effect = min_effect_;
    const double reach = kCritical + stats::normal_quantile(1 - stats::kPower) / 2;
    result.detectable_effect = std::min(1.0, reach / std::sqrt(effective_rows));
    stats::set_interval(result, kCritical / std::sqrt(effective_rows), 1);
    // Gaps of like size both ways are a spread that changed.
    if (std::max(gaps.up, gaps.down) > 2 * std::min(gaps.up, gaps.down)) result.direction = gaps.direction();
    result.detail = describe(gaps);
    return result;
  }

 private:
  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(Kuiper, "kuiper", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest sum of the two distribution functions' distances, either way, that does "
                                     "not matter")
                    .min(0)
                    .max(1))
