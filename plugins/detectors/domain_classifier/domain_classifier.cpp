#include <array>
#include <cmath>
#include <veleta/detector.hpp>

#include "rows/additive_model.hpp"
#include "rows/fixed_order.hpp"
#include "rows/ranks.hpp"
#include "rows/windows.hpp"
#include "statistics/power.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
using namespace veleta::rows;
namespace stats = veleta::statistics;

constexpr size_t kParts = 6;
constexpr size_t kFirstTested = 2;  ///< the parts before it are learned from at least
constexpr size_t kLeastRows = 30;
constexpr size_t kToldColumns = 3;
constexpr double kLeastToldShare = 0.1;
constexpr uint64_t kSeed = 20;

/// Rows of both windows, dealt into parts by chance.
class Parts {
 public:
  Parts(size_t reference_rows, size_t current_rows) {
    deal(shuffled(0, reference_rows, kSeed));
    deal(shuffled(reference_rows, current_rows, kSeed + 1));
  }
  const std::vector<size_t>& part(size_t index) const { return parts_[index]; }
  std::vector<size_t> before(size_t end) const {
    std::vector<size_t> rows;
    for (size_t index = 0; index < end; ++index) rows.insert(rows.end(), parts_[index].begin(), parts_[index].end());
    return rows;
  }

 private:
  void deal(const std::vector<size_t>& rows) {
    for (size_t i = 0; i < rows.size(); ++i) parts_[i % kParts].push_back(rows[i]);
  }
  std::array<std::vector<size_t>, kParts> parts_;
};

/// What the parts said together.
struct Outcome {
  double wins = 0, pairs = 0, null_variance = 0, variance = 0;
  std::vector<AdditiveModel::Share> columns;

  void add(const RankTest& test) {
    wins += test.wins;
    pairs += test.pairs;
    null_variance += test.null_variance;
    variance += test.variance * test.pairs * test.pairs;
  }
  double auc() const { return wins / pairs; }
  double deviation() const { return std::sqrt(variance) / pairs; }
  double null_deviation() const { return std::sqrt(null_variance) / pairs; }
};

/// Learns to tell current rows from the reference's; both windows weigh the same.
AdditiveModel learn(const FeatureColumns& data, const BinnedColumns& binned, const std::vector<size_t>& rows) {
  double current = 0;
  for (const size_t row : rows) current += data.is_current(row);
  const double all = static_cast<double>(rows.size());
  std::vector<double> label, weight;
  for (const size_t row : rows) {
    label.push_back(data.is_current(row) ? 1 : -1);
    weight.push_back(all / 2 / (data.is_current(row) ? current : all - current));
  }
  return AdditiveModel(data, binned, rows, label, weight);
}

/// Each part is told apart by a model of the parts before it. So what a part says does not depend on the parts that
/// are still to come, and the sum of what they say has, where nothing moved, the variance of the sum of their own.
Outcome tell_apart(const FeatureColumns& data, size_t reference_rows) {
  const BinnedColumns binned(data);
  const Parts parts(reference_rows, data.rows() - reference_rows);
  Outcome outcome;
  for (size_t index = kFirstTested; index < kParts; ++index) {
    const std::vector<size_t> known = parts.before(index);
    const AdditiveModel model = learn(data, binned, known);
    std::vector<double> reference, current;
    for (const size_t row : parts.part(index))
      (data.is_current(row) ? current : reference).push_back(model.predict(row));
    outcome.add(rank_test(reference, current));
    outcome.columns = model.strongest(kToldColumns);
  }
  return outcome;
}

std::string detail_of(const Outcome& outcome) {
  std::string text = "AUC " + stats::number(outcome.auc());
  std::string columns;
  for (const auto& [column, share] : outcome.columns)
    if (share >= kLeastToldShare)
      columns += (columns.empty() ? "" : ", ") + fmt::format("{} ({:.0f} %)", column, 100 * share);
  return columns.empty() ? text : text + "; told apart by " + columns;
}

/// Lopez-Paz and Oquab (2017), "Revisiting classifier two-sample tests", with the area under the curve.
class DomainClassifier final : public RowDetector {
 public:
  static constexpr uint32_t kNeeds = VELETA_NEEDS_FEATURES;

  explicit DomainClassifier(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    require_features(reference, current, kLeastRows);
    DriftResult result;
    result.min_effect = min_effect_;
    const FeatureColumns data(reference.features, current.features);
    if (data.columns() == 0 || data.windows_are_equal()) return nothing_to_tell(result);
    const Outcome outcome = tell_apart(data, reference.features.rows);
    const double half = stats::normal_quantile(stats::kAlpha / 2) * outcome.deviation();
    result.statistic = outcome.auc();
    result.effect = std::max(outcome.auc() - 0.5, 0.0);
    result.effect_low = std::max(outcome.auc() - 0.5 - half, 0.0);
    result.effect_high = std::clamp(outcome.auc() - 0.5 + half, 0.0, 0.5);
    if (!(outcome.null_variance > 0)) return nothing_to_tell(result);
    result.p_value = stats::normal_sf((outcome.auc() - 0.5) / outcome.null_deviation());
    result.detectable_effect =
        (stats::normal_quantile(stats::kAlpha) + stats::normal_quantile(1 - stats::kPower)) * outcome.null_deviation();
    result.detail = detail_of(outcome);
    return result;
  }

 private:
  /// Both windows hold the same rows, or all rows are alike.
  static DriftResult nothing_to_tell(DriftResult result) {
    result.statistic = 0.5;
    result.effect = result.effect_low = result.effect_high = 0;
    result.p_value = 1;
    return result;
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(
    DomainClassifier, "domain_classifier", "1.0.0",
    veleta::number_param("min_effect", 0.05, "how far above 0.5 the AUC may lie without it mattering").min(0).max(0.5))
