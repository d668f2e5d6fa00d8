#pragma once

#include <cstdint>
#include <vector>

#include "decisions.hpp"

namespace tree_shap {

/// A feature on the way to a leaf, and all its conditions there.
struct PathFeature {
  struct Condition {
    uint32_t bit;  ///< among the tree's Decisions
    bool left;
  };
  int32_t feature;
  double share = 1;  ///< of the training weight, how much meets them: the product over its nodes
  std::vector<Condition> conditions;

  /// `words`: those of the tree.
  bool met(const uint64_t* words) const {
    for (const auto [bit, left] : conditions)
      if ((words[bit / 64] >> bit % 64 & 1) != left) return false;
    return true;
  }
};

/// The way to a leaf: distinct features, in the order in which it meets them.
struct Path {
  uint32_t leaf;  ///< its node
  double value;
  std::vector<PathFeature> features;

  /// Bit j: the row meets all conditions on the j-th feature. At most 64 features.
  uint64_t pattern(const uint64_t* words) const {
    uint64_t pattern = 0;
    for (size_t j = 0; j < features.size(); ++j) pattern |= uint64_t{features[j].met(words)} << j;
    return pattern;
  }
};

/// Of each node of a tree, its parent; the root's is itself.
std::vector<uint32_t> parents_of(const Tree& tree);

/// The way to `leaf`. `parents` and `bits` are the tree's.
Path path_to(const Tree& tree, uint32_t leaf, const std::vector<uint32_t>& parents, const std::vector<uint32_t>& bits);

}  // namespace tree_shap
