#pragma once

#include "forest.hpp"

namespace veleta {

/// One padded tree's arrays.
template <typename Sum>
struct PaddedTree {
  const uint32_t* thresholds;
  const uint32_t* slots;
  const Sum* leaves;
};

/// Prepared rows, a multiple of kLanes.
struct PreparedRows {
  const uint32_t* by_row;  ///< slot s of row r: by_row[r * stride + s]
  const uint32_t*
      by_slot;  ///< kLanes rows side by side; slot s of row r: by_slot[(r / kLanes * stride + s) * kLanes + r % kLanes]
  size_t stride;
  size_t count;
};

/// Takes rows down one padded tree, and adds to each row's sum the leaf that it reaches.
template <typename Sum>
using PaddedWalk = void (*)(const PaddedTree<Sum>& tree, const PreparedRows& rows, Sum* sums);

/// The walk for trees of one depth. by_slot may be null.
template <typename Sum>
PaddedWalk<Sum> scalar_walk(unsigned depth);

/// The same with AVX-512; null where this processor has none. Reads by_slot.
template <typename Sum>
PaddedWalk<Sum> avx512_walk(unsigned depth);

/// The same for one flat tree.
template <typename Sum>
void walk_flat(const Forest<Sum>& forest, const TreeGroup& group, size_t tree, const PreparedRows& rows, Sum* sums);

/// Takes one prepared row down the trees of a group; leaves[i] is what the i-th of them adds.
template <typename Sum>
void find_leaves(const Forest<Sum>& forest, const TreeGroup& group, const uint32_t* row, Sum* leaves);

}  // namespace veleta
