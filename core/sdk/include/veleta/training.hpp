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

/// Decision trees as flat arrays, indexed by node. Row x goes left at an inner node if float(x[feature]) < threshold,
/// to default_left's side if x[feature] is NaN. Margin = base_margin + the sum of the leaves reached.
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
  bool logistic = false;          ///< prediction = 1 / (1 + exp(-margin)); else the margin itself
  bool single_precision = false;  ///< the sum is kept as a float, in tree order
};

/// margin = intercept + sum of coefficients[c] * x[c]. No missing values.
struct LinearModel {
  std::vector<double> coefficients;
  std::vector<double> means;  ///< of the training rows
  double intercept = 0;
  bool logistic = false;  ///< prediction = 1 / (1 + exp(-margin)); else the margin itself
};

}  // namespace veleta
