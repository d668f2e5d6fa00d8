#pragma once

#include <cstddef>
#include <span>

namespace exact_shap {

/// Shapley values of a game, given the value of each of its 2^players coalitions: bit i of the index is player i.
/// phi_i = the sum over S without i of |S|! (M - |S| - 1)! / M! * (v(S + i) - v(S)) (Shapley 1953).
void shapley_values(size_t players, std::span<const double> game, std::span<double> values);

/// The game's interaction values, players * players, symmetric, a row adding up to the player's Shapley value:
/// Phi_ij = the sum over S without i and j of |S|! (M - |S| - 2)! / (2 (M - 1)!) * (v(S + i + j) - v(S + i) - v(S + j)
/// + v(S)), and Phi_ii what is left (Lundberg, Erion and Lee 2018, arXiv 1802.03888, equations 3 to 6).
void shapley_interactions(size_t players, std::span<const double> game, std::span<double> interactions);

}  // namespace exact_shap
