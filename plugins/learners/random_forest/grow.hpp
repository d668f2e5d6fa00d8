#pragma once

#include <span>
#include <string>
#include <vector>

#include "veleta/training.hpp"

namespace random_forest {

struct TreeOptions {
  size_t min_leaf_rows = 20;
  double feature_fraction = 1.0 / 3;
};

/// Rows to learn from: pointers to features, and the target of each.
struct Sample {
  std::vector<const float*> rows;
  std::vector<double> targets;
  size_t columns = 0;
};

/// Grows one tree with dlib's random_forest_regression_trainer and returns it as an ensemble of one, nodes in
/// pre-order, covers in rows of the sample. The same sample, options and seed give the same tree. Thread-safe.
///
/// dlib goes on splitting where no feature differs, one row at a time into leaves that no row can reach. Those splits
/// are taken out, and a leaf behind one gets the mean of the rows that do reach it.
veleta::TreeEnsemble grow_tree(const Sample& sample, const TreeOptions& options, const std::string& seed);

}  // namespace random_forest
