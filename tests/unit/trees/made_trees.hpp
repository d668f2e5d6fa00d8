#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trees/evaluator.hpp"
#include "veleta/training.hpp"

namespace veleta::testing {

/// What trees of chance look like.
struct TreeRecipe {
  std::string name;
  size_t trees = 20;
  unsigned depth = 6;
  double leaf_chance = 0.1;  ///< of a node above the deepest level
  double category_chance = 0;
  uint32_t outputs = 1;
  bool single_precision = true;
  bool unknown_category_left = false;
  bool with_sentinels = false;
  size_t columns = 7;
};

TreeEnsemble random_trees(const TreeRecipe& recipe, uint64_t seed);

/// Rows for such trees: a third of the values lie on thresholds, some are missing, infinite or the sentinel, others are
/// categories, known, unknown, negative and broken.
std::vector<float> random_rows(const TreeEnsemble& trees, size_t rows, size_t columns, uint64_t seed);

/// Margins by walked_margins.hpp: rows * outputs.
std::vector<double> walked_margins(const TreeEnsemble& trees, const MatrixView& rows);

/// All ways to evaluate.
std::vector<EvaluatorOptions> all_options();
std::string name_of(const EvaluatorOptions& options);

}  // namespace veleta::testing
