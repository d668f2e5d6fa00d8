#pragma once

#include <functional>
#include <span>
#include <vector>

#include "design.hpp"

namespace kernel_shap {

/// What a game is worth.
struct Played {
  double none, all;                     ///< with no player, with all
  std::function<double(size_t)> value;  ///< of a design's coalition, by its index
};

/// The least-squares problem of a design: Shapley values are the phi that make least the weighted sum of
/// (v(S) - v(none) - sum of phi_i in S)^2 over all S, given that they add up to v(all) - v(none) (Charnes et al. 1988;
/// Lundberg and Lee 2017, theorem 2). That condition is put in by leaving out the last player, so it holds exactly.
/// Immutable.
class Regression {
 public:
  Regression(size_t players, Design design);
  const Design& design() const { return design_; }

  /// Fills a value a player.
  void solve(const Played& played, std::span<double> values) const;
  /// Fills a standard error a player: the sandwich estimate, the drawn pairs as its clusters. 0 where nothing was
  /// drawn.
  void standard_errors(const Played& played, std::span<const double> values, std::span<double> errors) const;

 private:
  /// The pair's row of the problem: for each player but the last, whether it is in, less whether the last one is.
  std::span<const double> row(size_t pair) const { return {&rows_[pair * unknowns_], unknowns_}; }
  void factorize();
  void solve_in_place(std::span<double> b) const;
  double target(const Played& played, size_t coalition) const;

  size_t players_, unknowns_;
  Design design_;
  std::vector<double> rows_;
  std::vector<double> factor_;  ///< lower triangle of Cholesky's, row by row
};

}  // namespace kernel_shap
