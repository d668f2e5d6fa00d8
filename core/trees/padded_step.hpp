#pragma once

#include <array>

#include "walk.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// One step down a padded tree, and how rows side by side take such steps.

namespace veleta {

/// Rows that walk a tree in step without wide registers.
constexpr size_t kRowsInStep = 8;
static_assert(kLanes % kRowsInStep == 0);

/// The child of node `at`: twice its number, and one more to the left.
inline uint32_t child(uint32_t at, uint32_t value, uint32_t threshold) {
#if defined(__x86_64__)
  // What borrows when the threshold is taken off carries into the sum: two instructions, which compilers do not find.
  unsigned difference, sum;
  _addcarry_u32(_subborrow_u32(0, value, threshold, &difference), at, at, &sum);
  return sum;
#else
  return 2 * at + (value < threshold);
#endif
}

/// Takes kRowsInStep rows, from `first` on, from their nodes at level From to the leaves, and adds these.
template <unsigned From, unsigned Depth, typename Sum>
inline void finish(const PaddedTree<Sum>& tree, const PreparedRows& rows, size_t first,
                   std::array<uint32_t, kRowsInStep> at, Sum* sums) {
  const uint32_t* const row = rows.by_row + first * rows.stride;
  for (unsigned level = From; level < Depth; ++level)
#pragma GCC unroll 8
    for (size_t i = 0; i < kRowsInStep; ++i)
      at[i] = child(at[i], row[i * rows.stride + tree.slots[at[i]]], tree.thresholds[at[i]]);
  for (size_t i = 0; i < kRowsInStep; ++i) sums[first + i] += tree.leaves[at[i] - (uint32_t{1} << Depth)];
}

}  // namespace veleta
