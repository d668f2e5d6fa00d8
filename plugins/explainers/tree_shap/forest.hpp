#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "veleta/training.hpp"

namespace tree_shap {

/// A node of a tree, and the condition that splits it.
struct Node {
  static constexpr int32_t kLeaf = -1;

  int32_t feature = kLeaf;
  float threshold = 0;
  uint32_t categories = 0;  ///< 0: splits on its threshold; else one more than its place in Forest::category_sets
  bool default_left = false;
  uint32_t left = 0;      ///< place in the tree; the right child is the next
  double left_share = 0;  ///< of the training weight here, how much goes left; the right child gets the rest
  double value = 0;       ///< what a leaf adds

  bool is_leaf() const { return feature == kLeaf; }
};

struct Tree {
  uint32_t output = 0;
  std::vector<Node> nodes;  ///< level by level: parents first, the root is nodes[0]; those that a row may reach alone
};

/// The trees of a model as every kernel reads them: checked, without nodes that hang on nothing, covers made shares.
struct Forest {
  /// Which categories go right.
  struct CategorySet {
    uint32_t begin, words;  ///< in category_words
  };

  /// Throws kBadData for a feature outside `columns`, a cover that is negative or not finite, or trees that are none.
  /// Where no training weight reached a node, its children's shares are one half each.
  Forest(const veleta_trees& trees, size_t columns);

  size_t columns;
  uint32_t outputs;
  std::vector<Tree> trees;
  std::vector<double> base_margins;  ///< one an output
  std::vector<float> missing;        ///< a column's sentinel, NaN: none; empty: no column has one
  std::vector<CategorySet> category_sets;
  std::vector<uint32_t> category_words;
  bool unknown_category_left = false;

  /// Whether a row whose value is `x`, NaN if it is missing, goes left at `node`, an inner one.
  bool goes_left(const Node& node, float x) const {
    if (std::isnan(x)) return node.default_left;
    return node.categories == 0 ? x < node.threshold : category_goes_left(node.categories, node.default_left, x);
  }
  /// The same of a set of categories, numbered as by Node::categories.
  bool category_goes_left(uint32_t categories, bool default_left, float x) const;

  /// `rows`, or where the model has sentinels their copy in `room`, in which these are NaN.
  veleta::MatrixView normalise(const veleta::MatrixView& rows, std::vector<float>& room) const;

  /// What the trees of each output add up to if nothing of a row is known.
  std::vector<double> expected() const;
};

/// For each inner node of `tree`, the nearest node at or above it to which a condition on the same feature leads, that
/// is whose parent splits on it; 0 (the root, to which none does): there is none. 0 for leaves.
std::vector<uint32_t> previous_conditions(const Tree& tree, size_t columns);

/// Most distinct features on one path from the root to a leaf of `tree`.
size_t features_on_a_path(const Tree& tree, std::span<const uint32_t> previous);

}  // namespace tree_shap
