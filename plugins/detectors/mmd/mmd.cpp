#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "random_features.hpp"
#include "rows/feature_columns.hpp"
#include "rows/windows.hpp"
#include "statistics/power.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
using namespace veleta::mmd;
namespace stats = veleta::statistics;

constexpr size_t kLeastRows = 20;
constexpr size_t kFrequencies = 64;
constexpr size_t kKernelRows = 512;     ///< of either window, for the statistic as others compute it
constexpr size_t kBandwidthRows = 128;  ///< of either window
constexpr uint64_t kSeed = 30;

/// Rows from `begin` to `end`, `most` of them at most, evenly spread.
Points points_of(const rows::FeatureColumns& data, size_t begin, size_t end, size_t most) {
  const size_t count = std::min(end - begin, most);
  Points points{std::vector<double>(count * data.columns()), data.columns()};
  for (size_t column = 0; column < data.columns(); ++column)
    for (size_t i = 0; i < count; ++i)
      points.values[i * data.columns() + column] = data.column(column)[begin + i * (end - begin) / count];
  return points;
}

Points together(Points a, const Points& b) {
  a.values.insert(a.values.end(), b.values.begin(), b.values.end());
  return a;
}

/// Gretton et al. (2012), by random features.
class MaximumMeanDiscrepancy final : public RowDetector {
 public:
  static constexpr uint32_t kNeeds = VELETA_NEEDS_FEATURES;

  explicit MaximumMeanDiscrepancy(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    rows::require_features(reference, current, kLeastRows);
    DriftResult result;
    result.min_effect = min_effect_;
    const rows::FeatureColumns data(reference.features, current.features);
    if (data.columns() == 0 || data.windows_are_equal()) {
      result.statistic = result.effect = result.effect_low = result.effect_high = 0;
      result.p_value = 1;
      return result;
    }
    const auto sample = [&](size_t most) {
      const size_t middle = reference.features.rows;
      return std::pair(points_of(data, 0, middle, most), points_of(data, middle, data.rows(), most));
    };
    const auto [narrow_reference, narrow_current] = sample(kBandwidthRows);
    const double sigma = bandwidth(together(narrow_reference, narrow_current));
    const auto [few_reference, few_current] = sample(kKernelRows);
    result.statistic = unbiased_mmd2(few_reference, few_current, sigma);
    const auto [all_reference, all_current] = sample(data.rows());
    const RandomFeatures features(data.columns(), kFrequencies, sigma, kSeed);
    judge(FeatureMeans(features, all_reference, all_current),
          1 / static_cast<double>(all_reference.rows()) + 1 / static_cast<double>(all_current.rows()), result);
    result.detail = fmt::format("{} columns, bandwidth {:.3g}", data.columns(), sigma);
    return result;
  }

 private:
  /// Rows alike but for few make the distance of any two 0.
  static double bandwidth(const Points& points) {
    const double median = median_distance(points);
    return median > 0 ? median : 1;
  }

  /// `scale`: 1/n + 1/m. The distance of the means without what chance adds to it is the effect.
  static void judge(const FeatureMeans& means, double scale, DriftResult& result) {
    const ChanceDistance chance(means.covariance());
    double distance = 0, spread = 0;
    const auto& difference = means.difference();
    for (size_t i = 0; i < difference.size(); ++i) {
      distance += difference[i] * difference[i];
      for (size_t j = 0; j < difference.size(); ++j)
        spread += difference[i] * means.covariance().at(i, j) * difference[j];
    }
    const double certain = distance - scale * chance.mean();
    const double half =
        stats::normal_quantile(stats::kAlpha / 2) * std::sqrt(4 * scale * spread + 2 * scale * scale * chance.second());
    const auto root = [](double squared) { return std::sqrt(std::max(squared, 0.0)); };
    result.effect = root(certain);
    result.effect_low = root(certain - half);
    result.effect_high = root(certain + half);
    result.p_value = chance.sf(distance / scale);
    result.detectable_effect = root(scale * (chance.quantile(stats::kAlpha) - chance.mean() +
                                             stats::normal_quantile(1 - stats::kPower) * chance.deviation()));
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(
    MaximumMeanDiscrepancy, "mmd", "1.0.0",
    veleta::number_param("min_effect", 0.05, "largest discrepancy (0 to 1.41) that does not matter").min(0).max(1.5))
