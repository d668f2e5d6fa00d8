#include "trees/evaluator.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace veleta {

namespace {

/// Rows that walk one tree before the next is touched: few enough that they and the tree stay in the cache.
constexpr size_t kBlockRows = 256;

/// Rows that walk a tree in step: the processor follows them side by side, where one alone would wait at every node.
constexpr size_t kGroupRows = 8;

/// The child that a row goes to. In arithmetic, as no processor can guess which side it will be.
uint32_t child(const veleta_trees& trees, uint32_t node, float value) {
  const bool missing_goes_left = trees.default_left[node] != 0;
  const unsigned goes_left = (value < trees.threshold[node]) | (std::isnan(value) & missing_goes_left);
  const uint32_t left = trees.left[node], right = trees.right[node];
  return right ^ ((left ^ right) & (0 - goes_left));
}

/// Takes `Rows` rows, which begin at `row`, from the root to their leaves, and adds what these hold.
template <size_t Rows, typename Sum>
void add_leaves(const veleta_trees& trees, uint32_t root, const float* row, size_t columns, Sum* sums) {
  std::array<uint32_t, Rows> nodes;
  nodes.fill(root);
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < Rows; ++i) {
      const int32_t feature = trees.feature[nodes[i]];
      if (feature < 0) continue;
      nodes[i] = child(trees, nodes[i], row[i * columns + static_cast<size_t>(feature)]);
      moved = true;
    }
  }
  for (size_t i = 0; i < Rows; ++i) sums[i] += static_cast<Sum>(trees.value[nodes[i]]);
}

/// Sum is the type that the model's own library adds up in: another would round otherwise.
template <typename Sum>
void evaluate_block(const veleta_trees& trees, const MatrixView& rows, size_t first, std::span<double> margins) {
  std::array<Sum, kBlockRows> sums;
  sums.fill(static_cast<Sum>(trees.base_margin));
  for (size_t tree = 0; tree < trees.tree_count; ++tree) {
    const uint32_t root = trees.roots[tree];
    size_t i = 0;
    for (; i + kGroupRows <= margins.size(); i += kGroupRows)
      add_leaves<kGroupRows>(trees, root, rows.row(first + i), rows.columns, &sums[i]);
    for (; i < margins.size(); ++i) add_leaves<1>(trees, root, rows.row(first + i), rows.columns, &sums[i]);
  }
  std::copy_n(sums.begin(), margins.size(), margins.begin());
}

}  // namespace

void evaluate_trees(const veleta_trees& trees, const MatrixView& rows, std::span<double> margins) {
  for (size_t first = 0; first < rows.rows; first += kBlockRows) {
    const auto block = margins.subspan(first, std::min(kBlockRows, rows.rows - first));
    trees.single_precision ? evaluate_block<float>(trees, rows, first, block)
                           : evaluate_block<double>(trees, rows, first, block);
  }
}

void evaluate_linear(const veleta_linear& linear, const MatrixView& rows, std::span<double> margins) {
  for (size_t row = 0; row < rows.rows; ++row) {
    double sum = linear.intercept;
    for (size_t column = 0; column < linear.columns; ++column) {
      const double value = rows.at(row, column);
      sum += linear.coefficients[column] * (std::isnan(value) ? linear.means[column] : value);
    }
    margins[row] = sum;
  }
}

double apply_link(int32_t link, double margin) {
  return link == VELETA_LOGISTIC ? 1 / (1 + std::exp(-margin)) : margin;
}

}  // namespace veleta
