#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "veleta/training.hpp"

namespace saabas {

/// The trees of a model with what each node expects: the mean of the leaves below it, weighted by cover.
class DecisionPaths {
 public:
  /// The view must have passed the host's checks, and outlives this object. Throws kBadData for a cover that is
  /// negative or not finite.
  explicit DecisionPaths(const veleta_trees& trees);

  uint32_t outputs() const { return outputs_; }
  const std::vector<double>& base_values() const { return base_values_; }  ///< one an output

  /// Adds the attributions of a row of `columns` values, one an output and column: at each node on its path, the node's
  /// feature gets what the child expects more than the node (Saabas 2014). Thread-safe.
  void explain(const float* row, size_t columns, std::span<double> attributions) const;

 private:
  uint32_t output_of(size_t tree) const { return trees_.tree_output ? trees_.tree_output[tree] : 0; }
  bool goes_left(uint32_t node, float x) const;
  bool is_missing(size_t column, float x) const;

  veleta_trees trees_;
  uint32_t outputs_;
  std::vector<double> expected_;  ///< by node
  std::vector<double> base_values_;
};

}  // namespace saabas
