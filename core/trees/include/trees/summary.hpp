#pragma once

#include <cstdint>
#include <vector>

#include "trees/read.hpp"

namespace veleta {

/// What a model's trees are like, counted.
struct TreeSummary {
  struct Feature {
    size_t column = 0;
    uint64_t splits = 0;
    uint64_t category_splits = 0;  ///< of those, on sets of categories
    double gain = 0;               ///< summed over its splits; NaN where the file tells no gains
  };

  size_t trees = 0;
  size_t nodes = 0;  ///< leaves and splits
  size_t leaves = 0;
  size_t deepest = 0;               ///< splits on the longest path
  double mean_depth = 0;            ///< splits on a path, each leaf's counting the same
  std::vector<Feature> features;    ///< those split on, the most split on first
  uint64_t category_splits = 0;     ///< nodes that split on sets of categories
  uint64_t greatest_category = 0;   ///< in any set; 0 where there are none
  uint64_t missing_left = 0;        ///< splits that a missing value leaves to the left
  size_t columns_with_missing = 0;  ///< where a number too stands for missing
  size_t memory_bytes = 0;          ///< of the trees' arrays
};

/// Counts in one pass; the model must be one that was read. Throws nothing but std::bad_alloc.
TreeSummary summarize(const TreeModel& model);

}  // namespace veleta
