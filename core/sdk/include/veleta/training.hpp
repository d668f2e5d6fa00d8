#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "veleta/abi.h"

namespace veleta {

/// Rows of features, one after the other; a view that lives as long as the call. Missing is NaN.
struct MatrixView {
  const float* values = nullptr;
  size_t rows = 0;
  size_t columns = 0;
  std::span<const char* const> names;

  const float* row(size_t index) const { return values + index * columns; }
  float at(size_t row, size_t column) const { return values[row * columns + column]; }
};

enum class Task { kRegression = VELETA_REGRESSION, kBinary = VELETA_BINARY };

/// What a model is to be trained on.
struct Training {
  Task task = Task::kRegression;
  unsigned threads = 1;  ///< use at most so many
  uint64_t seed = 0;     ///< same data, parameters and seed: same model bytes, whatever the threads
  MatrixView train;
  std::span<const double> train_target;
  MatrixView validation;  ///< for early stopping; may have no rows
  std::span<const double> validation_target;
};

/// What a margin, a model's sum, becomes a prediction by. Several outputs: softmax over them, any other one by one.
enum class Link {
  kIdentity = VELETA_IDENTITY,
  kLogistic = VELETA_LOGISTIC,        ///< 1 / (1 + exp(-margin))
  kExponential = VELETA_EXPONENTIAL,  ///< exp(margin)
  kSoftmax = VELETA_SOFTMAX,          ///< exp(margin) / the sum of those of all outputs
  kHinge = VELETA_HINGE               ///< 1 if margin > 0, else 0
};

/// Decision trees as flat arrays, indexed by node. Row x goes left at an inner node if float(x[feature]) < threshold,
/// to default_left's side if x[feature] is NaN. Margin = base_margin + the sum of the leaves reached. What is empty of
/// the later members counts for nothing, so that plain trees need not name them.
struct TreeEnsemble {
  static constexpr int32_t kLeaf = -1;

  std::vector<uint32_t> roots;   ///< node of each tree's root
  std::vector<int32_t> feature;  ///< column tested, or kLeaf
  std::vector<float> threshold;
  std::vector<uint32_t> left, right;  ///< greater than the node's own index
  std::vector<uint8_t> default_left;  ///< 1: missing goes left
  std::vector<double> value;          ///< what a leaf adds
  std::vector<double> cover;          ///< training weight that reached the node
  double base_margin = 0;
  Link link = Link::kIdentity;
  bool single_precision = false;  ///< the sum is kept as a float, in tree order

  /// Sets of categories: empty, or a node more than there are. Node n has the words from category_begin[n] to
  /// category_begin[n + 1], none where it splits on its threshold. A row whose value, its fraction cut off, is c goes
  /// right if bit c % 32 of word c / 32 is set, else left.
  std::vector<uint32_t> category_begin, category_words;
  /// Where a number goes that is no category of a node's words, below 0 or too large: left, or as a missing value.
  bool unknown_category_left = false;

  uint32_t outputs = 1;               ///< margins a row has, each the sum of its own trees
  std::vector<uint32_t> tree_output;  ///< the output that each tree adds to; empty: the first
  std::vector<double> base_margins;   ///< one an output; empty: base_margin for each
  std::vector<float> missing;  ///< one a column: what stands for missing as NaN does; NaN: nothing. Empty: nothing
};

/// The ensemble as it crosses the boundary; lives as long as the ensemble.
inline veleta_trees to_abi(const TreeEnsemble& trees) {
  const auto or_null = [](const auto& items) { return items.empty() ? nullptr : items.data(); };
  return {sizeof(veleta_trees),
          trees.roots.size(),
          trees.feature.size(),
          trees.roots.data(),
          trees.feature.data(),
          trees.threshold.data(),
          trees.left.data(),
          trees.right.data(),
          trees.default_left.data(),
          trees.value.data(),
          trees.cover.data(),
          trees.base_margin,
          static_cast<int32_t>(trees.link),
          trees.single_precision,
          or_null(trees.category_begin),
          or_null(trees.category_words),
          trees.unknown_category_left ? VELETA_UNKNOWN_LEFT : VELETA_UNKNOWN_AS_MISSING,
          trees.outputs,
          or_null(trees.tree_output),
          or_null(trees.base_margins),
          or_null(trees.missing),
          trees.missing.size()};
}

/// margin = intercept + sum of coefficients[c] * x[c]. No missing values.
struct LinearModel {
  std::vector<double> coefficients;
  std::vector<double> means;  ///< of the training rows
  double intercept = 0;
  Link link = Link::kIdentity;
};

}  // namespace veleta
