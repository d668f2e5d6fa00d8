#include "decision_paths.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "veleta/error.hpp"

namespace saabas {
namespace {

/// How much of a node's training weight goes left.
double left_share(const veleta_trees& trees, uint32_t node) {
  const double left = trees.cover[trees.left[node]], right = trees.cover[trees.right[node]];
  for (const double cover : {left, right})
    if (!(cover >= 0) || std::isinf(cover))
      throw veleta::Error(veleta::ErrorCode::kBadData,
                          "a child of node " + std::to_string(node) + " has a cover of " + std::to_string(cover));
  const double larger = std::max(left, right);
  if (larger == 0) return 0.5;                              // no training row came here: either side is as likely
  return left / larger / (left / larger + right / larger);  // as the plain sum may be too large for a number
}

}  // namespace

DecisionPaths::DecisionPaths(const veleta_trees& trees)
    : trees_(trees),
      outputs_(std::max<uint32_t>(trees.outputs, 1)),
      expected_(trees.node_count),
      base_values_(outputs_, trees.base_margin) {
  if (trees.base_margins) base_values_.assign(trees.base_margins, trees.base_margins + outputs_);
  for (auto node = static_cast<uint32_t>(trees.node_count); node-- > 0;) {
    expected_[node] = trees.value[node];
    if (trees.feature[node] < 0) continue;
    const double share = left_share(trees, node);
    expected_[node] = share * expected_[trees.left[node]] + (1 - share) * expected_[trees.right[node]];
  }
  for (size_t tree = 0; tree < trees.tree_count; ++tree) base_values_[output_of(tree)] += expected_[trees.roots[tree]];
}

void DecisionPaths::explain(const float* row, size_t columns, std::span<double> attributions) const {
  for (size_t tree = 0; tree < trees_.tree_count; ++tree) {
    const auto given = attributions.subspan(output_of(tree) * columns, columns);
    for (uint32_t node = trees_.roots[tree]; trees_.feature[node] >= 0;) {
      const auto column = static_cast<size_t>(trees_.feature[node]);
      const uint32_t child = goes_left(node, row[column]) ? trees_.left[node] : trees_.right[node];
      given[column] += expected_[child] - expected_[node];
      node = child;
    }
  }
}

bool DecisionPaths::is_missing(size_t column, float x) const {
  return std::isnan(x) || (column < trees_.missing_count && x == trees_.missing[column]);
}

bool DecisionPaths::goes_left(uint32_t node, float x) const {
  const bool by_default = trees_.default_left[node] != 0;
  if (is_missing(static_cast<size_t>(trees_.feature[node]), x)) return by_default;
  if (!trees_.category_begin || trees_.category_begin[node] == trees_.category_begin[node + 1])
    return x < trees_.threshold[node];
  const uint32_t begin = trees_.category_begin[node], words = trees_.category_begin[node + 1] - begin;
  if (!(x >= 0 && x < 32 * static_cast<float>(words)))
    return trees_.unknown_category == VELETA_UNKNOWN_LEFT || by_default;
  const auto category = static_cast<uint32_t>(x);
  return (trees_.category_words[begin + category / 32] >> category % 32 & 1) == 0;
}

}  // namespace saabas
