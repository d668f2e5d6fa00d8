#pragma once

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "veleta/abi.h"
#include "veleta/training.hpp"

namespace veleta::testing {

/// Rows with a known rule behind their target: 10 + 3 x0 - 2 x1 + x2 x3 + noise, or for two classes whether that is
/// above 10. Features are uniform in -1..1; the last one is whole numbers, so that rows lie exactly on thresholds.
struct MadeRows {
  std::vector<float> values;
  std::vector<double> target;
  size_t rows, columns;

  MadeRows(Task task, size_t row_count, size_t column_count, double missing_share, uint32_t seed)
      : rows(row_count), columns(column_count) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1), chance(0, 1);
    std::normal_distribution<double> noise(0, 0.1);
    for (size_t row = 0; row < rows; ++row) {
      const size_t first = values.size();
      for (size_t column = 0; column + 1 < columns; ++column) values.push_back(static_cast<float>(uniform(random)));
      values.push_back(static_cast<float>(std::floor(uniform(random) * 5)));
      const float* x = &values[first];
      const double rule = 10 + 3 * x[0] - 2 * x[1] + x[2] * x[3] + noise(random);
      target.push_back(task == Task::kBinary ? rule > 10 : rule);
      for (size_t column = 0; column < columns; ++column)
        if (chance(random) < missing_share) values[first + column] = std::numeric_limits<float>::quiet_NaN();
    }
  }

  MatrixView view() const { return {values.data(), rows, columns, {}}; }
};

/// Everything a learner gets, with `validation` to stop early by.
inline Training training_of(Task task, const MadeRows& train, const MadeRows& validation, unsigned threads = 1,
                            uint64_t seed = 7) {
  return {task, threads, seed, train.view(), train.target, validation.view(), validation.target};
}

/// A tree view's margin, read off the words of veleta/abi.h.
inline double margin_by_view(const veleta_trees& trees, const float* row) {
  double sum = trees.base_margin;
  float single = static_cast<float>(trees.base_margin);
  for (size_t tree = 0; tree < trees.tree_count; ++tree) {
    uint32_t node = trees.roots[tree];
    while (trees.feature[node] >= 0) {
      const float x = row[trees.feature[node]];
      const bool left = std::isnan(x) ? trees.default_left[node] != 0 : x < trees.threshold[node];
      node = left ? trees.left[node] : trees.right[node];
    }
    sum += trees.value[node];
    single += static_cast<float>(trees.value[node]);
  }
  return trees.single_precision ? single : sum;
}

inline double logistic(double margin) { return 1 / (1 + std::exp(-margin)); }

}  // namespace veleta::testing
