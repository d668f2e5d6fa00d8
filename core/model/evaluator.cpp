#include "model/evaluator.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace veleta {

namespace {

/// Rows that walk one tree before the next is touched: few enough that they and the tree stay in the cache.
constexpr size_t kBlockRows = 256;

bool goes_left(const veleta_trees& trees, uint32_t node, float value) {
  return std::isnan(value) ? trees.default_left[node] != 0 : value < trees.threshold[node];
}

double leaf_value(const veleta_trees& trees, uint32_t node, const float* row) {
  while (trees.feature[node] >= 0)
    node = goes_left(trees, node, row[trees.feature[node]]) ? trees.left[node] : trees.right[node];
  return trees.value[node];
}

/// Sum is the type that the model's own library adds up in: another would round otherwise.
template <typename Sum>
void evaluate_block(const veleta_trees& trees, const MatrixView& rows, size_t first, std::span<double> margins) {
  std::array<Sum, kBlockRows> sums;
  sums.fill(static_cast<Sum>(trees.base_margin));
  for (size_t tree = 0; tree < trees.tree_count; ++tree)
    for (size_t i = 0; i < margins.size(); ++i)
      sums[i] += static_cast<Sum>(leaf_value(trees, trees.roots[tree], rows.row(first + i)));
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
