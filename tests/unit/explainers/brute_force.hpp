#pragma once

#include <functional>
#include <vector>

#include "veleta/training.hpp"

// Shapley values by their definition, over all subsets of a few features. Written from the words of veleta/abi.h alone.

namespace veleta::testing {

/// A game's value for every subset of known features: bit j of an index says that feature j is known.
using Game = std::vector<double>;

/// Games of each output of an ensemble, base margin included, for a row of `columns` values: features that are not
/// known are split both ways by cover.
std::vector<Game> path_dependent_games(const TreeEnsemble& trees, const float* row, size_t columns);

/// What becomes of a row's margins, one an output.
using Respond = std::function<std::vector<double>(const std::vector<double>& margins)>;

/// Features that are not known are those of each row of `background` in turn: the mean response.
std::vector<Game> interventional_games(const TreeEnsemble& trees, const float* row, const MatrixView& background,
                                       const Respond& respond);

/// Of each feature the mean over all subsets without it, weighted by |S|! (M - |S| - 1)! / M!, of what it adds.
std::vector<double> shapley_values(const Game& game, size_t columns);

/// columns * columns: half of Shapley's interaction index (weights |S|! (M - |S| - 2)! / (M - 1)!), on the diagonal
/// what that leaves of the value (Lundberg, Erion and Lee 2018, eq. 4 to 7).
std::vector<double> shapley_interactions(const Game& game, size_t columns);

/// Margins of a row, one an output.
std::vector<double> margins_by_view(const TreeEnsemble& trees, const float* row);

}  // namespace veleta::testing
