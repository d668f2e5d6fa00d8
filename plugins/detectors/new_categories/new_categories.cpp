#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/intervals.hpp"
#include "statistics/power.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// How likely a further row of the reference's distribution is to have a category not seen yet.
struct UnseenShare {
  double expected;  ///< singletons / n (Good 1953)
  double at_most;   ///< with the one-sided 95 % margin of Robbins (1968): variance (singletons + 2 doubletons) / n²
};

UnseenShare unseen_share(const CategoricalSample& reference) {
  auto seen = [&](double times) {
    return static_cast<double>(std::count(reference.counts.begin(), reference.counts.end(), times));
  };
  const double singletons = seen(1), n = reference.row_count;
  const double safe = std::max(singletons, 1.0);  // none seen does not prove that there is none
  const double margin = stats::normal_quantile(stats::kAlpha) * std::sqrt(safe + 2 * seen(2));
  return {singletons / n, std::min(1.0, (safe + margin) / (n + 1))};
}

/// Least count that P(X >= count) <= kAlpha holds for.
double critical_count(double trials, double p) {
  double low = 0, high = trials + 1;  // not below the least, and never below it
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (stats::binomial_sf(middle, trials, p) <= stats::kAlpha ? high : low) = middle;
  }
  return high;
}

double detectable_excess(const UnseenShare& unseen, double rows) {
  const double count = critical_count(rows, unseen.at_most);
  if (count > rows) return 1;
  return std::max(0.0, stats::binomial_share(count, rows, stats::kPower) - unseen.expected);
}

/// "new: sold (100 %)": the three most frequent, and how many more there are.
std::string name_most_frequent(const CategoricalSample& current, std::vector<size_t> fresh) {
  if (fresh.empty()) return "no new category";
  const size_t shown = std::min<size_t>(3, fresh.size());
  std::partial_sort(fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(shown), fresh.end(),
                    [&](size_t a, size_t b) {
                      return current.counts[a] != current.counts[b] ? current.counts[a] > current.counts[b] : a < b;
                    });
  std::string text = "new: ";
  for (size_t i = 0; i < shown; ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", current.labels[fresh[i]],
                        stats::percent(current.counts[fresh[i]] / current.row_count));
  if (fresh.size() > shown) text += " and " + stats::number(static_cast<double>(fresh.size() - shown)) + " more";
  return text;
}

/// Flags categories that the reference has not, where rare categories do not explain them.
class NewCategories final : public CategoricalDetector {
 public:
  explicit NewCategories(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    stats::require_values(reference, current);
    double new_rows = 0;
    std::vector<size_t> fresh;
    for (size_t label = 0; label < current.labels.size(); ++label) {
      if (reference.counts[label] > 0 || current.counts[label] == 0) continue;
      new_rows += current.counts[label];
      fresh.push_back(label);
    }
    const auto unseen = unseen_share(reference);
    DriftResult result;
    result.statistic = new_rows / current.row_count;
    result.p_value = stats::binomial_sf(new_rows, current.row_count, unseen.at_most);
    result.effect = std::max(0.0, result.statistic - unseen.expected);
    result.min_effect = min_effect_;
    result.detectable_effect = detectable_excess(unseen, current.row_count);
    const auto interval =
        stats::wilson_interval(new_rows, current.row_count, stats::normal_quantile(stats::kAlpha / 2));
    result.effect_low = std::min(result.effect, std::max(0.0, interval.low - unseen.at_most));
    result.effect_high = std::max(result.effect, interval.high - unseen.expected);
    result.detail = name_most_frequent(current, std::move(fresh));
    return result;
  }

 private:
  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(NewCategories, "new_categories", "1.0.0",
                veleta::number_param("min_effect", 0.01,
                                     "largest share of rows with new categories, beyond the expected, that does not "
                                     "matter")
                    .min(0)
                    .max(1))
