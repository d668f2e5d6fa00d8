#pragma once

#include "pairwise.hpp"
#include "response.hpp"

namespace tree_shap {

/// Shapley values of a response by their definition: the game over all subsets of the features that the trees use,
/// whose value is the mean response of rows that take the others from the background.
class ExactGame {
 public:
  static constexpr size_t kMaximumFeatures = 15;

  /// Columns that the trees split on, ascending.
  static std::vector<int32_t> used_features(const Forest& forest);

  /// All must outlive it. Throws kUnsupported where the trees use more than kMaximumFeatures.
  ExactGame(const Forest& forest, const Decisions& decisions, const Background& background, const Pairwise& pairwise);

  /// Adds responses * columns attributions of a row whose missing values are NaN, and responses base values.
  void explain(const float* row, const Response& response, double target, double* values, double* base_values) const;

 private:
  void margins(const uint64_t* row, size_t background_row, std::vector<double>& margins) const;
  void attribute(const double* game, double* values) const;

  const Forest& forest_;
  const Decisions& decisions_;
  const Background& background_;
  const Pairwise& pairwise_;
  std::vector<int32_t> features_;
  std::vector<uint8_t> place_;  ///< of a column among features_
};

}  // namespace tree_shap
