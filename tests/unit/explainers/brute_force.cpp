#include "brute_force.hpp"

#include <bit>
#include <cmath>

namespace veleta::testing {
namespace {

bool goes_left(const TreeEnsemble& trees, uint32_t node, float x) {
  const auto column = static_cast<size_t>(trees.feature[node]);
  const bool missing = std::isnan(x) || (!trees.missing.empty() && x == trees.missing[column]);
  const bool by_default = trees.default_left[node] != 0;
  if (missing) return by_default;
  const uint32_t begin = trees.category_begin.empty() ? 0 : trees.category_begin[node];
  const uint32_t end = trees.category_begin.empty() ? 0 : trees.category_begin[node + 1];
  if (begin == end) return x < trees.threshold[node];
  const auto category = static_cast<int64_t>(x);
  if (x < 0 || category >= 32 * static_cast<int64_t>(end - begin)) return trees.unknown_category_left || by_default;
  return (trees.category_words[begin + static_cast<size_t>(category / 32)] >> category % 32 & 1) == 0;
}

double by_cover(const TreeEnsemble& trees, uint32_t node, const float* row, size_t known) {
  if (trees.feature[node] < 0) return trees.value[node];
  const uint32_t left = trees.left[node], right = trees.right[node];
  const int32_t feature = trees.feature[node];
  if (known >> feature & 1) return by_cover(trees, goes_left(trees, node, row[feature]) ? left : right, row, known);
  const double cover = trees.cover[left] + trees.cover[right];
  const double share = cover > 0 ? trees.cover[left] / cover : 0.5;
  return share * by_cover(trees, left, row, known) + (1 - share) * by_cover(trees, right, row, known);
}

uint32_t output_of(const TreeEnsemble& trees, size_t tree) {
  return trees.tree_output.empty() ? 0 : trees.tree_output[tree];
}

std::vector<double> bases(const TreeEnsemble& trees) {
  return trees.base_margins.empty() ? std::vector<double>(trees.outputs, trees.base_margin) : trees.base_margins;
}

double factorial(size_t n) { return std::tgamma(static_cast<double>(n) + 1); }

}  // namespace

std::vector<double> margins_by_view(const TreeEnsemble& trees, const float* row) {
  std::vector<double> margins = bases(trees);
  for (size_t tree = 0; tree < trees.roots.size(); ++tree) {
    uint32_t node = trees.roots[tree];
    while (trees.feature[node] >= 0)
      node = goes_left(trees, node, row[trees.feature[node]]) ? trees.left[node] : trees.right[node];
    margins[output_of(trees, tree)] += trees.value[node];
  }
  return margins;
}

std::vector<Game> path_dependent_games(const TreeEnsemble& trees, const float* row, size_t columns) {
  std::vector<Game> games;
  for (const double base : bases(trees)) games.emplace_back(size_t{1} << columns, base);
  for (size_t tree = 0; tree < trees.roots.size(); ++tree)
    for (size_t known = 0; known < size_t{1} << columns; ++known)
      games[output_of(trees, tree)][known] += by_cover(trees, trees.roots[tree], row, known);
  return games;
}

std::vector<Game> interventional_games(const TreeEnsemble& trees, const float* row, const MatrixView& background,
                                       const Respond& respond) {
  const size_t columns = background.columns, subsets = size_t{1} << columns;
  std::vector<Game> games;
  std::vector<float> mixed(columns);
  for (size_t known = 0; known < subsets; ++known)
    for (size_t other = 0; other < background.rows; ++other) {
      for (size_t j = 0; j < columns; ++j) mixed[j] = known >> j & 1 ? row[j] : background.at(other, j);
      const std::vector<double> responses = respond(margins_by_view(trees, mixed.data()));
      games.resize(responses.size(), Game(subsets, 0.0));
      for (size_t output = 0; output < responses.size(); ++output)
        games[output][known] += responses[output] / static_cast<double>(background.rows);
    }
  return games;
}

std::vector<double> shapley_values(const Game& game, size_t columns) {
  std::vector<double> values(columns, 0);
  for (size_t known = 0; known < game.size(); ++known)
    for (size_t j = 0; j < columns; ++j) {
      if (known >> j & 1) continue;
      const auto size = static_cast<size_t>(std::popcount(known));
      const double weight = factorial(size) * factorial(columns - size - 1) / factorial(columns);
      values[j] += weight * (game[known | size_t{1} << j] - game[known]);
    }
  return values;
}

std::vector<double> shapley_interactions(const Game& game, size_t columns) {
  std::vector<double> matrix(columns * columns, 0);
  const std::vector<double> values = shapley_values(game, columns);
  for (size_t i = 0; i < columns; ++i) {
    matrix[i * columns + i] = values[i];
    for (size_t j = 0; j < columns; ++j) {
      if (i == j) continue;
      double& pair = matrix[i * columns + j];
      const size_t with_i = size_t{1} << i, with_j = size_t{1} << j;
      for (size_t known = 0; known < game.size(); ++known) {
        if (known & (with_i | with_j)) continue;
        const auto size = static_cast<size_t>(std::popcount(known));
        const double weight = factorial(size) * factorial(columns - size - 2) / (2 * factorial(columns - 1));
        pair += weight * (game[known | with_i | with_j] - game[known | with_i] - game[known | with_j] + game[known]);
      }
      matrix[i * columns + i] -= pair;
    }
  }
  return matrix;
}

}  // namespace veleta::testing
