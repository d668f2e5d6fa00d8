#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

// What a classifier's probabilities let one expect, without labels.

namespace veleta::rows {

/// Probabilities as they came true: isotonic regression of labels on predictions by pooling adjacent violators (Ayer et
/// al. 1955; Zadrozny and Elkan 2002), straight lines between the middles of the pools.
class Calibration {
 public:
  /// Labels are 0 or 1, one for each prediction; there is one at least.
  Calibration(std::span<const double> predictions, std::span<const double> labels) {
    std::vector<size_t> order(predictions.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return predictions[a] < predictions[b]; });
    std::vector<Pool> pools;
    for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
      Pool pool;
      while (end < order.size() && predictions[order[end]] == predictions[order[begin]])
        pool.add(predictions[order[end]], labels[order[end]]), ++end;
      while (!pools.empty() && pools.back().share() >= pool.share()) pool.join(pools.back()), pools.pop_back();
      pools.push_back(pool);
    }
    for (const Pool& pool : pools) {
      at_.push_back(pool.predictions / pool.rows);
      share_.push_back(pool.share());
    }
  }

  double operator()(double prediction) const {
    const auto above = static_cast<size_t>(std::upper_bound(at_.begin(), at_.end(), prediction) - at_.begin());
    if (above == 0) return share_.front();
    if (above == at_.size()) return share_.back();
    const double part = (prediction - at_[above - 1]) / (at_[above] - at_[above - 1]);
    return share_[above - 1] + part * (share_[above] - share_[above - 1]);
  }

 private:
  struct Pool {
    double rows = 0, predictions = 0, labels = 0;
    void add(double prediction, double label) { ++rows, predictions += prediction, labels += label; }
    void join(const Pool& other) { rows += other.rows, predictions += other.predictions, labels += other.labels; }
    double share() const { return labels / rows; }
  };
  std::vector<double> at_, share_;
};

/// The confusion matrix that calibrated probabilities make one expect of a classifier's predictions (NannyML's CBPE):
/// a row that is predicted positive is a true positive with its probability.
struct ExpectedOutcomes {
  double true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;

  void add(bool is_predicted, double probability) {
    (is_predicted ? true_positives : false_negatives) += probability;
    (is_predicted ? false_positives : true_negatives) += 1 - probability;
  }
  double accuracy() const {
    return (true_positives + true_negatives) / (true_positives + false_positives + false_negatives + true_negatives);
  }
};

/// The area under the ROC curve that calibrated probabilities make one expect of scores; rows of one score are taken
/// together. NaN where one class is not expected at all.
inline double expected_auc(std::span<const double> scores, std::span<const double> probabilities) {
  std::vector<size_t> order(scores.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  double positives = 0, negatives = 0, area = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double more_positives = 0, more_negatives = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end) {
      more_positives += probabilities[order[end]];
      more_negatives += 1 - probabilities[order[end]];
    }
    area += more_negatives * (positives + more_positives / 2);
    positives += more_positives, negatives += more_negatives;
  }
  return area / (positives * negatives);
}

}  // namespace veleta::rows
