#include <algorithm>
#include <array>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/bridge_squares.hpp"
#include "statistics/evidence.hpp"
#include "statistics/shared_values.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The integral of (F(x) - G(x))^2 dx.
double squared_area(const NumericSample& reference, const NumericSample& current) {
  double area = 0;
  stats::visit_values(reference, current, [&](const stats::SharedValue& at) {
    const double gap = at.reference_share - at.current_share;
    area += gap * gap * (at.next - at.value);
  });
  return area;
}

/// The same between two values, over their distance, and what it tends to where nothing moved.
struct Comparison {
  double squared_norm = 0;
  stats::BridgeSquares null;   ///< at the distribution of both windows together
  stats::BridgeSquares error;  ///< at the mixture whose bridge bounds the error of windows that differ

  Comparison(const NumericSample& reference, const NumericSample& current, double low, double high) {
    if (!(high > low)) return;
    const double n = reference.row_count, m = current.row_count;
    stats::visit_values(reference, current, [&](const stats::SharedValue& at) {
      const double width = (std::min(at.next, high) - std::max(at.value, low)) / (high - low);
      if (!(width > 0)) return;
      const double gap = at.reference_share - at.current_share;
      squared_norm += gap * gap * width;
      null.add((n * at.reference_share + m * at.current_share) / (n + m), width);
      error.add((m * at.reference_share + n * at.current_share) / (n + m), width);
    });
  }
};

/// The energy distance.
class Energy final : public NumericDetector {
 public:
  explicit Energy(const Params& params) : min_effect_(params.number("min_effect")), trim_(params.number("trim")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const auto ends = stats::even_quantiles(reference, current, std::array{trim_, 1 - trim_});
    const Comparison comparison(reference, current, ends.front(), ends.back());
    const double effective_rows = stats::effective_rows(reference.row_count, current.row_count);
    DriftResult result;
    result.statistic = std::sqrt(2 * squared_area(reference, current));
    result.p_value = comparison.null.sf(comparison.squared_norm * effective_rows);
    result.min_effect = min_effect_;
    const auto [scale, scale_error] = stats::robust_scale(reference, current);
    if (scale > 0) {
      stats::set_squared_norm(result, comparison.squared_norm, comparison.error.form(),
                              2 * ((ends.back() - ends.front()) / scale), effective_rows);
      stats::widen_interval(result, result.effect * scale_error / 2);
    } else {
      result.effect = comparison.squared_norm > 0 ? 1 : 0;
    }
    stats::tell_medians(result, reference, current);
    return result;
  }

 private:
  double min_effect_, trim_;
};

}  // namespace

VELETA_DETECTOR(
    Energy, "energy", "1.0.0",
    veleta::number_param("min_effect", 0.15,
                         "largest distance, where the reference's robust standard deviation is 1, that does "
                         "not matter")
        .min(0),
    veleta::number_param("trim", 0.01,
                         "share of the rows at each end that effect and p-value pass over; the statistic "
                         "takes all")
        .min(0)
        .max(0.4))
