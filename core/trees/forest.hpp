#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "trees/evaluator.hpp"

// Trees as an evaluator keeps them. A row is prepared before it meets them. Its values become whole numbers that order
// as they do, so that a comparison leaves its answer where an addition can take it up. And it stands twice, at slot
// `column` with kBelowAll for a missing value and at slot `columns + column` with kAboveAll: a node that sends missing
// values left tests the first, another the second, so that `value < threshold` alone decides.

namespace veleta {

/// Trees that a single row walks in step: the processor follows them side by side, where one alone would wait at every
/// node.
constexpr size_t kGroupTrees = 8;

/// Rows that walk a tree in step, and the multiple that blocks of rows are filled up to.
constexpr size_t kLanes = 16;

constexpr unsigned kMaxPaddedDepth = 12;

constexpr uint32_t kBelowAll = 0, kAboveAll = UINT32_MAX;

/// Where a number, which is not NaN, stands among all: of two numbers the lesser has the lesser place, and -0 that of
/// 0.
inline uint32_t order_of(float number) {
  constexpr uint32_t kSign = 1u << 31;
  const auto bits = std::bit_cast<uint32_t>(number + 0.0F);
  return bits & kSign ? ~bits : bits | kSign;
}

/// The number that stands there.
inline float number_at(uint32_t order) {
  constexpr uint32_t kSign = 1u << 31;
  return std::bit_cast<float>(order & kSign ? order ^ kSign : ~order);
}

/// A node of 16 bytes. An inner node goes on to `left`, or to `left + 1`, its sibling; a leaf to itself.
struct FlatNode {
  uint32_t threshold;   ///< a leaf: kBelowAll, so that no row goes left. A set of categories: its place in words
  uint32_t slot;        ///< of the prepared row; for a set of categories with the flags below
  uint32_t left;        ///< a leaf: its own index less one
  uint32_t leaf_value;  ///< a leaf: its float's bits, or its place among the doubles

  static constexpr uint32_t kByCategory = 1u << 31, kMissingLeft = 1u << 30, kUnknownLeft = 1u << 29;
  static constexpr uint32_t kSlotMask = kUnknownLeft - 1;
};

/// Up to kGroupTrees trees that follow each other, kept alike.
struct TreeGroup {
  bool padded = false;
  bool by_category = false;  ///< some node splits on a set of categories
  unsigned depth = 0;        ///< the deepest tree's
  size_t first_tree = 0;
  size_t trees = 0;
  size_t first = 0;  ///< padded: place of the first tree's arrays; the next one's is 2^depth further
};

/// Sum is the type that margins are added up in.
template <typename Sum>
struct Forest {
  Forest(const veleta_trees& trees, size_t columns, TreeLayout layout);

  size_t columns;
  uint32_t outputs;
  std::vector<Sum> base_margins;      ///< one an output
  std::vector<uint32_t> tree_output;  ///< one a tree
  std::vector<float> sentinels;       ///< one a column, NaN where it has none; empty: none has
  std::vector<TreeGroup> groups;

  /// Padded trees, 2^depth entries each. Node 1 is the root; node n's children are 2n, the right one, and 2n + 1.
  /// Leaves are numbered like the nodes of the level below the last, from 2^depth on; leaf n is entry n - 2^depth.
  std::vector<uint32_t> thresholds;
  std::vector<uint32_t> slots;
  std::vector<Sum> leaves;

  /// Flat trees: children beside each other, the child that more training rows went to before what is below the other.
  std::vector<FlatNode> nodes;
  std::vector<uint32_t> roots;        ///< one a tree; of a padded one 0
  std::vector<double> double_leaves;  ///< where Sum is double
  std::vector<uint32_t> words;        ///< sets of categories: how many words, then these

  size_t bytes() const;
};

extern template struct Forest<float>;
extern template struct Forest<double>;

}  // namespace veleta
