#include <algorithm>
#include <cmath>

#include "trees/read.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

/// Whether the node's set has the category that a row's value tells; `unknown` for what is none.
bool in_set(const TreeEnsemble& trees, uint32_t node, float value, bool unknown) {
  const uint32_t begin = trees.category_begin[node], words = trees.category_begin[node + 1] - begin;
  if (!(value >= 0 && value < 32.0f * static_cast<float>(words))) return unknown;
  const auto category = static_cast<uint32_t>(value);
  return (trees.category_words[begin + category / 32] >> category % 32 & 1) != 0;
}

bool goes_left(const TreeEnsemble& trees, uint32_t node, float value) {
  const bool missing_goes_left = trees.default_left[node] != 0;
  if (std::isnan(value)) return missing_goes_left;
  const bool by_category = !trees.category_begin.empty() && trees.category_begin[node] < trees.category_begin[node + 1];
  if (!by_category) return value < trees.threshold[node];
  return !in_set(trees, node, value, !(trees.unknown_category_left || missing_goes_left));
}

float value_of(const TreeEnsemble& trees, const float* row, size_t column) {
  const bool stands_for_missing = !trees.missing.empty() && row[column] == trees.missing[column];
  return stands_for_missing ? std::nanf("") : row[column];
}

void count_row(TreeEnsemble& trees, const float* row) {
  for (uint32_t node : trees.roots)
    for (;;) {
      ++trees.cover[node];
      if (trees.feature[node] == TreeEnsemble::kLeaf) break;
      const float value = value_of(trees, row, static_cast<size_t>(trees.feature[node]));
      node = goes_left(trees, node, value) ? trees.left[node] : trees.right[node];
    }
}

}  // namespace

TreeModel with_covers_from(TreeModel model, const MatrixView& rows) {
  if (rows.columns != model.columns)
    throw Error(ErrorCode::kInvalidArgument, "covers are to be counted from rows of " + std::to_string(rows.columns) +
                                                 " columns; expected the model's " + std::to_string(model.columns));
  std::ranges::fill(model.trees.cover, 0.0);
  for (size_t row = 0; row < rows.rows; ++row) count_row(model.trees, rows.row(row));
  model.has_covers = true;
  return model;
}

}  // namespace veleta
