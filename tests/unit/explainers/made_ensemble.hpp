#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "veleta/training.hpp"

namespace veleta::testing {

/// What a made ensemble is to have.
struct EnsembleShape {
  int32_t columns = 4;
  int depth = 3;
  int trees = 3;
  uint32_t outputs = 1;
  bool categories = false;  ///< every third column's splits are on sets of them
  bool sentinels = false;   ///< -9 is missing in every second column
};

/// Trees at random, with rows for them: thresholds are few, so that features come back on a path and rows lie exactly
/// on them; some nodes have no cover.
class MadeEnsemble {
 public:
  MadeEnsemble(const EnsembleShape& shape, uint32_t seed) : shape_(shape), random_(seed) {
    for (int tree = 0; tree < shape.trees; ++tree) {
      ensemble.roots.push_back(append(100));
      grow(ensemble.roots.back(), 100, shape.depth);
      if (shape.outputs > 1) ensemble.tree_output.push_back(random_() % shape.outputs);
    }
    ensemble.outputs = shape.outputs;
    ensemble.base_margin = 0.25;
    if (shape.outputs > 1)
      for (uint32_t output = 0; output < shape.outputs; ++output) ensemble.base_margins.push_back(uniform());
    if (shape.categories) {
      ensemble.category_begin.push_back(0);
      for (const auto& words : sets_) {
        ensemble.category_words.insert(ensemble.category_words.end(), words.begin(), words.end());
        ensemble.category_begin.push_back(static_cast<uint32_t>(ensemble.category_words.size()));
      }
      ensemble.unknown_category_left = random_() % 2 == 0;
    }
    if (shape.sentinels)
      for (int32_t column = 0; column < shape.columns; ++column)
        ensemble.missing.push_back(column % 2 == 0 ? -9 : std::numeric_limits<float>::quiet_NaN());
  }

  /// Rows one after the other: one value in eight is missing.
  std::vector<float> rows(size_t count) {
    std::vector<float> values;
    for (size_t row = 0; row < count; ++row)
      for (int32_t column = 0; column < shape_.columns; ++column) values.push_back(value(column));
    return values;
  }

  TreeEnsemble ensemble;

 private:
  bool is_category(int32_t column) const { return shape_.categories && column % 3 == 0; }
  double uniform() { return std::uniform_real_distribution<double>(-1, 1)(random_); }

  float value(int32_t column) {
    if (random_() % 8 == 0) return shape_.sentinels && column % 2 == 0 ? -9 : std::numeric_limits<float>::quiet_NaN();
    // Numbers below 0, beyond the sets' words and between whole numbers, too.
    if (is_category(column)) return random_() % 10 == 0 ? -2.0f : static_cast<float>(random_() % 140) / 1.5f;
    return static_cast<float>(static_cast<int>(random_() % 9) - 4) / 4;
  }

  uint32_t append(double cover) {
    ensemble.feature.push_back(TreeEnsemble::kLeaf);
    ensemble.threshold.push_back(0);
    ensemble.left.push_back(0);
    ensemble.right.push_back(0);
    ensemble.default_left.push_back(random_() % 2);
    ensemble.value.push_back(uniform());
    ensemble.cover.push_back(cover);
    sets_.emplace_back();
    return static_cast<uint32_t>(ensemble.feature.size() - 1);
  }

  void grow(uint32_t node, double cover, int depth) {
    if (depth == 0 || random_() % 12 == 0) return;
    const double share = random_() % 8 == 0 ? 0 : (uniform() + 1) / 2;
    const auto column = static_cast<int32_t>(random_() % static_cast<uint32_t>(shape_.columns));
    ensemble.feature[node] = column;
    ensemble.threshold[node] = static_cast<float>(static_cast<int>(random_() % 9) - 4) / 4;
    if (is_category(column))
      for (size_t word = 0; word < 1 + random_() % 2; ++word)
        sets_[node].push_back(static_cast<uint32_t>(random_()) | 1);  // category 0 is one
    const uint32_t left = append(cover * share), right = append(cover * (1 - share));
    ensemble.left[node] = left;
    ensemble.right[node] = right;
    grow(left, cover * share, depth - 1);
    grow(right, cover * (1 - share), depth - 1);
  }

  EnsembleShape shape_;
  std::mt19937 random_;
  std::vector<std::vector<uint32_t>> sets_;
};

}  // namespace veleta::testing
