#pragma once

#include <optional>
#include <vector>

#include "path.hpp"

namespace tree_shap {

/// Leaves below one node that are looked up at once: their table has a row for every outcome of all the conditions on
/// the ways to them. Two siblings share all but none of these, so that they take half as many rows as each alone.
struct LeafGroup {
  std::vector<Path> paths;
  std::vector<uint32_t> bits;     ///< of their conditions among the tree's Decisions, ascending
  std::vector<int32_t> features;  ///< ascending

  size_t rows() const { return size_t{1} << bits.size(); }
};

/// The groups of each tree, in the order in which a row adds them up.
struct TablePlan {
  std::vector<std::vector<LeafGroup>> trees;
  size_t attribution_numbers = 0;
  size_t interaction_numbers = 0;
};

/// Groups the leaves of all trees so that few look-ups do and tables do not grow much. Nothing where attributions need
/// more than `budget_bytes`, or a path is longer than tables can be.
std::optional<TablePlan> plan_tables(const Forest& forest, const Decisions& decisions, size_t budget_bytes);

}  // namespace tree_shap
