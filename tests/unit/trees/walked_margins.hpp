#pragma once

#include <cmath>
#include <vector>

#include "veleta/training.hpp"

namespace veleta::testing {

/// The side that a row goes to, read off the words of TreeEnsemble.
inline bool goes_left(const TreeEnsemble& trees, size_t node, float x) {
  const bool missing = trees.default_left[node] != 0;
  if (std::isnan(x)) return missing;
  const bool by_category = !trees.category_begin.empty() && trees.category_begin[node] < trees.category_begin[node + 1];
  if (!by_category) return x < trees.threshold[node];
  const uint32_t begin = trees.category_begin[node], words = trees.category_begin[node + 1] - begin;
  const double category = std::trunc(x);
  if (x < 0 || category >= 32.0 * words) return trees.unknown_category_left || missing;
  const auto bit = static_cast<uint32_t>(category);
  return (trees.category_words[begin + bit / 32] >> bit % 32 & 1) == 0;
}

/// A row's margins, one an output.
inline std::vector<double> walked_margins(const TreeEnsemble& trees, const float* row) {
  std::vector<double> sums(trees.outputs, trees.base_margin);
  if (!trees.base_margins.empty()) sums = trees.base_margins;
  if (trees.single_precision)
    for (double& sum : sums) sum = static_cast<float>(sum);
  for (size_t tree = 0; tree < trees.roots.size(); ++tree) {
    uint32_t node = trees.roots[tree];
    while (trees.feature[node] != TreeEnsemble::kLeaf) {
      const auto column = static_cast<size_t>(trees.feature[node]);
      const bool stands_for_missing = !trees.missing.empty() && row[column] == trees.missing[column];
      const float x = stands_for_missing ? std::nanf("") : row[column];
      node = goes_left(trees, node, x) ? trees.left[node] : trees.right[node];
    }
    double& sum = sums[trees.tree_output.empty() ? 0 : trees.tree_output[tree]];
    sum = trees.single_precision ? static_cast<float>(sum) + static_cast<float>(trees.value[node])
                                 : sum + trees.value[node];
  }
  return sums;
}

}  // namespace veleta::testing
