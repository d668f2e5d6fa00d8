#include <algorithm>
#include <cmath>
#include <limits>
#include <veleta/detector.hpp>

#include "statistics/categories.hpp"
#include "statistics/power.hpp"
#include "statistics/sorted_samples.hpp"
#include "statistics/stability_index.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Bins that are expected to hold fewer rows make the chi-squared null distribution too narrow.
constexpr double kMinRowsPerBin = 20;

/// Upper edges of all bins but the last: distinct quantiles of the reference. Where a single value fills the first or
/// the last bins, what lies beyond it is a bin of its own.
std::vector<double> quantile_edges(std::span<const double> reference, double bins) {
  std::vector<double> edges;
  if (stats::quantile(reference, 1 / bins) == reference.front())
    edges.push_back(std::nextafter(reference.front(), -std::numeric_limits<double>::infinity()));
  for (double bin = 1; bin < bins; ++bin)
    if (const double edge = stats::quantile(reference, bin / bins); edges.empty() || edge > edges.back())
      edges.push_back(edge);
  return edges;
}

/// Rows in each bin, edges belonging to the bin below them.
std::vector<double> rows_per_bin(const NumericSample& sample, const std::vector<double>& edges) {
  const double rows_per_value = sample.row_count / static_cast<double>(sample.sorted.size());
  std::vector<double> rows;
  auto begin = sample.sorted.begin();
  for (const double edge : edges) {
    const auto end = std::upper_bound(begin, sample.sorted.end(), edge);
    rows.push_back(rows_per_value * static_cast<double>(end - begin));
    begin = end;
  }
  rows.push_back(rows_per_value * static_cast<double>(sample.sorted.end() - begin));
  return rows;
}

/// Bins that hold no row of either window tell nothing.
stats::GroupCounts occupied(const std::vector<double>& reference, const std::vector<double>& current) {
  stats::GroupCounts groups;
  for (size_t i = 0; i < reference.size(); ++i)
    if (reference[i] + current[i] > 0) groups.add(reference[i], current[i]);
  return groups;
}

/// The population stability index.
class StabilityIndex final : public NumericDetector, public CategoricalDetector {
 public:
  explicit StabilityIndex(const Params& params)
      : min_effect_(params.number("min_effect")),
        bins_(static_cast<double>(params.integer("bins"))),
        rare_share_(params.number("rare_share")),
        zero_fill_(params.number("zero_fill")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    stats::require_values(reference, current);
    const double fewest = std::min(reference.row_count, current.row_count);
    const double bins = std::clamp(std::floor(fewest / kMinRowsPerBin), 2.0, bins_);
    const auto edges = quantile_edges(reference.sorted, bins);
    auto result = judge(occupied(rows_per_bin(reference, edges), rows_per_bin(current, edges)));
    const double moved = current.mean - reference.mean;
    result.direction = moved > 0 ? 1 : moved < 0 ? -1 : 0;
    return result;
  }

  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    stats::require_values(reference, current);
    const double fewest = std::min(reference.row_count, current.row_count);
    const double least_share = std::max(rare_share_, kMinRowsPerBin / fewest);
    auto result = judge(stats::group_rare(reference, current, least_share * (reference.row_count + current.row_count)));
    // So few rows that all categories are one group, whose shares may be anything.
    if (std::isnan(result.detectable_effect) && !stats::is_one_category(reference, current))
      result.detectable_effect = greatest_index(fewest);
    return result;
  }

 private:
  DriftResult judge(const stats::GroupCounts& groups) const {
    const double n = stats::total(groups.reference), m = stats::total(groups.current);
    const auto bins = static_cast<double>(groups.reference.size());
    DriftResult result;
    result.statistic = stats::stability_index(stats::filled_shares(groups.reference, fill(n)),
                                              stats::filled_shares(groups.current, fill(m)));
    result.p_value = stats::stability_sf(std::max(result.statistic, 0.0), bins, n, m);
    result.effect = std::max(0.0, result.statistic - (bins - 1) * stats::stability_scale(n, m));
    result.min_effect = min_effect_;
    if (bins > 1) result.detectable_effect = stats::detectable_noncentrality(bins - 1) * stats::stability_scale(n, m);
    result.detail = fmt::format("{} bins", bins);
    return result;
  }

  /// Of windows that have no bin in common.
  double greatest_index(double rows) const { return 2 * std::log(1 / fill(rows)); }

  double fill(double rows) const { return zero_fill_ > 0 ? zero_fill_ : 0.5 / rows; }

  double min_effect_, bins_, rare_share_, zero_fill_;
};

}  // namespace

VELETA_DETECTOR(
    StabilityIndex, "psi", "1.0.0",
    veleta::number_param("min_effect", 0.1, "largest index, beyond what chance adds to it, that does not matter")
        .min(0),
    veleta::integer_param("bins", 10, "quantile bins of the reference; fewer where rows are few").min(2).max(1000),
    veleta::number_param("rare_share", 0.01, "categories with a smaller share are put together into bins")
        .min(0)
        .max(1),
    veleta::number_param("zero_fill", 0, "share that stands for an empty bin's; 0: that of half a row").min(0).max(1))
