#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "rows/additive_model.hpp"
#include "rows/calibration.hpp"
#include "rows/growth.hpp"
#include "rows/windows.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
using namespace veleta::rows;
namespace stats = veleta::statistics;

constexpr size_t kLeastRows = 50;

/// The losses that a window's rows are to be expected to have.
struct ExpectedLosses {
  std::vector<double> reference, current;
  std::string detail;
};

/// The reference's rows that have a label.
std::vector<size_t> labelled_rows(const RowSample& reference) {
  std::vector<size_t> labelled;
  for (size_t row = 0; row < std::min(reference.targets.size(), reference.predictions.size()); ++row)
    if (std::isfinite(reference.targets[row])) labelled.push_back(row);
  return labelled;
}

/// Confidence-based performance estimation: a row of probability p is right as often as rows of p were.
ExpectedLosses by_calibration(const RowSample& reference, const RowSample& current,
                              const std::vector<size_t>& labelled) {
  std::vector<double> predictions, labels;
  for (const size_t row : labelled) {
    predictions.push_back(reference.predictions[row]);
    labels.push_back(reference.targets[row]);
  }
  const Calibration calibration(predictions, labels);
  ExpectedLosses losses;
  const auto expect = [&](std::span<const double> scores, std::vector<double>& expected) {
    ExpectedOutcomes outcomes;
    std::vector<double> probabilities;
    for (const double score : scores) {
      const double probability = calibration(score);
      probabilities.push_back(probability);
      outcomes.add(score >= 0.5, probability);
      expected.push_back(probability * loss(Task::kBinary, score, 1) +
                         (1 - probability) * loss(Task::kBinary, score, 0));
    }
    return std::pair(outcomes.accuracy(), expected_auc(scores, probabilities));
  };
  const auto [accuracy_before, auc_before] = expect(predictions, losses.reference);
  const auto [accuracy_now, auc_now] = expect(current.predictions, losses.current);
  losses.detail = fmt::format("accuracy {:.3g} is to be expected, was {:.3g}", accuracy_now, accuracy_before);
  if (std::isfinite(auc_now) && std::isfinite(auc_before))
    losses.detail += fmt::format("; AUC {:.3g}, was {:.3g}", auc_now, auc_before);
  return losses;
}

/// Direct loss estimation: a model of the loss, learned from the reference's rows.
ExpectedLosses by_loss_model(const RowSample& reference, const RowSample& current,
                             const std::vector<size_t>& labelled) {
  std::vector<double> known, unused;
  for (const size_t row : labelled)
    known.push_back(loss(Task::kRegression, reference.predictions[row], reference.targets[row]));
  winsorise(known, unused);
  const FeatureColumns data(reference.features, current.features);
  const BinnedColumns binned(data);
  const AdditiveModel model(data, binned, labelled, known, std::vector<double>(known.size(), 1.0));
  // What no row showed is not expected of any.
  const double most = *std::ranges::max_element(known);
  const auto expected = [&](size_t row) { return std::clamp(model.predict(row), 0.0, most); };
  ExpectedLosses losses;
  for (const size_t row : labelled) losses.reference.push_back(expected(row));
  for (size_t row = reference.features.rows; row < data.rows(); ++row) losses.current.push_back(expected(row));
  losses.detail = "by a model of the error";
  return losses;
}

/// What loss the production model is to be expected to make where nobody knows the targets yet.
class ExpectedPerformance final : public RowDetector {
 public:
  static constexpr uint32_t kNeeds = VELETA_NEEDS_FEATURES | VELETA_NEEDS_PREDICTIONS | VELETA_NEEDS_TARGETS;

  explicit ExpectedPerformance(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    const std::vector<size_t> labelled = labelled_rows(reference);
    require_rows(labelled.size(), current.predictions.size(), kLeastRows, "rows to compare");
    const bool is_binary = reference.task == Task::kBinary;
    if (!is_binary) require_features(reference, current, kLeastRows);
    const ExpectedLosses losses =
        is_binary ? by_calibration(reference, current, labelled) : by_loss_model(reference, current, labelled);
    const MeanGrowth growth{moments(losses.reference), moments(losses.current)};
    DriftResult result = judge_growth(growth, min_effect_);
    result.detail = fmt::format("expected {} {}, was {} ({}), if targets follow from features as they did",
                                loss_name(reference.task), stats::number(growth.current.mean),
                                stats::number(growth.reference.mean), losses.detail);
    return result;
  }

 private:
  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(ExpectedPerformance, "expected_performance", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "how much the expected mean loss may grow, as a share, without it mattering")
                    .min(0))
