#include "shapley.hpp"

#include <bit>
#include <numeric>
#include <vector>

namespace exact_shap {

namespace {

/// s! (count - s - 1)! / count! for s = 0 … count - 1.
std::vector<double> weights(size_t count) {
  std::vector<double> weights{1 / static_cast<double>(count)};
  for (size_t s = 1; s < count; ++s)
    weights.push_back(weights.back() * static_cast<double>(s) / static_cast<double>(count - s));
  return weights;
}

}  // namespace

void shapley_values(size_t players, std::span<const double> game, std::span<double> values) {
  const std::vector<double> weight = weights(players);
  for (size_t i = 0; i < players; ++i) {
    const size_t player = size_t{1} << i;
    values[i] = 0;
    for (size_t s = 0; s < game.size(); ++s)
      if (!(s & player)) values[i] += weight[static_cast<size_t>(std::popcount(s))] * (game[s | player] - game[s]);
  }
}

void shapley_interactions(size_t players, std::span<const double> game, std::span<double> interactions) {
  const auto at = [&](size_t i, size_t j) -> double& { return interactions[i * players + j]; };
  std::vector<double> values(players);
  shapley_values(players, game, values);
  for (size_t i = 0; i < players; ++i) at(i, i) = values[i];
  if (players < 2) return;
  const std::vector<double> weight = weights(players - 1);
  for (size_t i = 0; i < players; ++i)
    for (size_t j = 0; j < i; ++j) {
      const size_t first = size_t{1} << i, second = size_t{1} << j;
      double sum = 0;
      for (size_t s = 0; s < game.size(); ++s)
        if (!(s & (first | second)))
          sum += weight[static_cast<size_t>(std::popcount(s))] *
                 (game[s | first | second] - game[s | first] - game[s | second] + game[s]);
      at(i, j) = at(j, i) = sum / 2;
      at(i, i) -= sum / 2;
      at(j, j) -= sum / 2;
    }
}

}  // namespace exact_shap
