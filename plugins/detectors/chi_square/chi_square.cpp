#include <algorithm>
#include <cmath>
#include <numeric>
#include <veleta/detector.hpp>

#include "statistics/categories.hpp"
#include "statistics/power.hpp"
#include "statistics/two_proportions.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// "sold 0 % → 100 %, for_sale 100 % → 0 %": the three categories whose shares moved most.
std::string greatest_moves(const CategoricalSample& reference, const CategoricalSample& current) {
  auto share = [](const CategoricalSample& sample, size_t label) { return sample.counts[label] / sample.row_count; };
  auto move = [&](size_t label) { return std::abs(share(current, label) - share(reference, label)); };
  std::vector<size_t> order(reference.labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto shown = static_cast<std::ptrdiff_t>(std::min<size_t>(3, order.size()));
  std::partial_sort(order.begin(), order.begin() + shown, order.end(),
                    [&](size_t a, size_t b) { return move(a) != move(b) ? move(a) > move(b) : a < b; });
  std::string text;
  for (size_t i = 0; i < static_cast<size_t>(shown) && move(order[i]) > 0; ++i)
    text += fmt::format("{}{} {} → {}", i == 0 ? "" : ", ", reference.labels[order[i]],
                        stats::percent(share(reference, order[i])), stats::percent(share(current, order[i])));
  return text;
}

/// The chi-squared test of homogeneity.
class ChiSquare final : public CategoricalDetector {
 public:
  explicit ChiSquare(const Params& params)
      : min_effect_(params.number("min_effect")), min_expected_(params.number("min_expected")) {}

  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    stats::require_values(reference, current);
    const double all = reference.row_count + current.row_count;
    const double smaller_share = std::min(reference.row_count, current.row_count) / all;
    const auto groups = stats::group_rare(reference, current, min_expected_ / smaller_share);
    const auto test = stats::homogeneity(groups);
    DriftResult result;
    result.statistic = test.statistic;
    result.min_effect = min_effect_;
    if (test.degrees_of_freedom == 0) return one_group(result, reference, current);
    result.p_value = p_value(groups, test);
    result.effect = stats::corrected_cramers_v(groups, test);
    const double rows = stats::effective_rows(reference.row_count, current.row_count);
    result.detectable_effect = detectable_v(test.degrees_of_freedom, rows);
    result.detail = greatest_moves(reference, current);
    return result;
  }

 private:
  /// Two groups, of which one may be rare: an exact test where it is expected too seldom for the chi-squared
  /// distribution.
  double p_value(const stats::GroupCounts& groups, const stats::ChiSquared& test) const {
    if (groups.reference.size() == 2) {
      const stats::Proportions table{groups.reference[0], stats::total(groups.reference), groups.current[0],
                                     stats::total(groups.current)};
      if (table.least_expected() < min_expected_) return stats::fisher_exact(table);
    }
    return stats::chi_squared_sf(test.statistic, test.degrees_of_freedom);
  }

  /// Nothing to compare: one category that both windows have, or so few rows that all categories are one group, whose
  /// shares may be anything.
  static DriftResult one_group(DriftResult result, const CategoricalSample& reference,
                               const CategoricalSample& current) {
    result.p_value = 1;
    result.effect = 0;
    const double rows = stats::effective_rows(reference.row_count, current.row_count);
    result.detectable_effect = stats::is_one_category(reference, current) ? detectable_v(1, rows) : 1;
    return result;
  }

  static double detectable_v(double degrees_of_freedom, double effective_rows) {
    return std::min(1.0, std::sqrt(stats::detectable_noncentrality(degrees_of_freedom) / (4 * effective_rows)));
  }

  double min_effect_, min_expected_;
};

}  // namespace

VELETA_DETECTOR(ChiSquare, "chi_square", "1.0.0",
                veleta::number_param("min_effect", 0.1, "largest Cramér's V that does not matter").min(0).max(1),
                veleta::number_param("min_expected", 5,
                                     "categories expected less often than this in either window are put together")
                    .min(0)
                    .unit("rows"))
