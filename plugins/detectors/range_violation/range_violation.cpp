#include <veleta/detector.hpp>

#include "outside.hpp"
#include "statistics/share_change.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Rows below and above a range.
struct Outside {
  double below = 0, above = 0;
  double rows() const { return below + above; }
};

/// "3 % below 0, 0.5 % above 100".
std::string tell(const Outside& outside, double rows, double low, double high) {
  std::string text;
  if (outside.below > 0) text = stats::percent(outside.below / rows) + " below " + stats::number(low);
  if (outside.above > 0)
    text += (text.empty() ? "" : ", ") + stats::percent(outside.above / rows) + " above " + stats::number(high);
  return text.empty() ? "none outside" : text;
}

int direction(const Outside& outside) {
  return outside.above > outside.below ? 1 : outside.above < outside.below ? -1 : 0;
}

/// The share of numbers outside the reference's range, or outside given limits.
class RangeViolation final : public NumericDetector {
 public:
  explicit RangeViolation(const Params& params)
      : min_effect_(params.number("min_effect")),
        minimum_(params.number("minimum")),
        maximum_(params.number("maximum")) {
    if (minimum_ > maximum_)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("minimum: expected at most maximum, which is {}, found {}", maximum_, minimum_));
  }

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const bool has_limits = !std::isnan(minimum_) || !std::isnan(maximum_);
    return has_limits ? outside_limits(reference, current) : outside_reference(reference, current);
  }

 private:
  DriftResult outside_limits(const NumericSample& reference, const NumericSample& current) const {
    const Outside before = beyond_limits(reference), after = beyond_limits(current);
    const stats::Proportions table{before.rows(), reference.row_count, after.rows(), current.row_count};
    auto result = stats::share_change(table, min_effect_);
    if (table.difference() <= 0) {
      result.effect = result.effect_low = 0;
      result.effect_high =
          std::max(0.0, stats::newcombe_interval(table, stats::normal_quantile(stats::kAlpha / 2)).high);
    }
    result.direction = direction(after);
    result.detail = tell(after, current.row_count, minimum_, maximum_);
    return result;
  }

  Outside beyond_limits(const NumericSample& sample) const {
    Outside outside;
    for (size_t i = 0; i < sample.values.size(); ++i) {
      if (sample.values[i] < minimum_) outside.below += sample.rows[i];
      if (sample.values[i] > maximum_) outside.above += sample.rows[i];
    }
    return outside;
  }

  DriftResult outside_reference(const NumericSample& reference, const NumericSample& current) const {
    Outside outside;
    for (size_t i = 0; i < reference.rows.size() && reference.rows[i] == 0; ++i) outside.below += current.rows[i];
    for (size_t i = reference.rows.size(); i-- > 0 && reference.rows[i] == 0;) outside.above += current.rows[i];
    const double rows = current.row_count, expected = stats::expected_outside_share(reference.row_count);
    DriftResult result;
    result.statistic = outside.rows() / rows;
    result.p_value = stats::outside_sf(outside.rows(), rows, reference.row_count);
    result.effect = std::max(0.0, result.statistic - expected);
    result.min_effect = min_effect_;
    result.detectable_effect = detectable_excess(rows, reference.row_count);
    const auto interval = stats::wilson_interval(outside.rows(), rows, stats::normal_quantile(stats::kAlpha / 2));
    result.effect_low = std::min(result.effect, std::max(0.0, interval.low - expected));
    result.effect_high = std::max(result.effect, interval.high - expected);
    result.direction = direction(outside);
    result.detail = tell(outside, rows, reference.minimum, reference.maximum);
    return result;
  }

  /// Of the least count that is significant, the share that reaches it with probability kPower.
  static double detectable_excess(double current_rows, double reference_rows) {
    double low = 0, high = current_rows + 1;  // not significant, and significant or out of reach
    while (high - low > 1) {
      const double middle = std::floor((low + high) / 2);
      (stats::outside_sf(middle, current_rows, reference_rows) <= stats::kAlpha ? high : low) = middle;
    }
    if (high > current_rows) return 1;
    return std::max(
        0.0, stats::binomial_share(high, current_rows, stats::kPower) - stats::expected_outside_share(reference_rows));
  }

  double min_effect_, minimum_, maximum_;
};

}  // namespace

VELETA_DETECTOR(
    RangeViolation, "range_violation", "1.0.0",
    veleta::number_param("min_effect", 0.01, "largest share of rows outside, beyond the expected, that does not matter")
        .min(0)
        .max(1),
    veleta::number_param("minimum", std::numeric_limits<double>::quiet_NaN(),
                         "least number allowed; where neither limit is given, the reference's range is the limit"),
    veleta::number_param("maximum", std::numeric_limits<double>::quiet_NaN(), "greatest number allowed"))
