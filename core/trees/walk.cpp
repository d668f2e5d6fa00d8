#include "walk.hpp"

#include <array>
#include <bit>
#include <type_traits>
#include <utility>

#include "padded_step.hpp"

namespace veleta {

namespace {

// ---- Padded trees

/// Takes one row to the leaves of trees that follow each other.
template <unsigned Depth, size_t Trees, typename Sum>
void descend(const PaddedTree<Sum>& first, const uint32_t* row, Sum* leaves) {
  std::array<uint32_t, Trees> at;
  at.fill(1);
#pragma GCC unroll 12
  for (unsigned level = 0; level < Depth; ++level)
#pragma GCC unroll 8
    for (size_t tree = 0; tree < Trees; ++tree) {
      const size_t node = (tree << Depth) + at[tree];
      at[tree] = child(at[tree], row[first.slots[node]], first.thresholds[node]);
    }
#pragma GCC unroll 8
  for (size_t tree = 0; tree < Trees; ++tree)
    leaves[tree] = first.leaves[(tree << Depth) + at[tree] - (size_t{1} << Depth)];
}

template <unsigned Depth, typename Sum>
void find_padded_leaves(const PaddedTree<Sum>& first, size_t trees, const uint32_t* row, Sum* leaves) {
  if (trees == kGroupTrees) return descend<Depth, kGroupTrees>(first, row, leaves);
  for (size_t tree = 0; tree < trees; ++tree) {
    const size_t place = tree << Depth;
    descend<Depth, 1>(PaddedTree<Sum>{first.thresholds + place, first.slots + place, first.leaves + place}, row,
                      leaves + tree);
  }
}

template <typename Sum, unsigned... Depths>
constexpr auto leaf_finders(std::integer_sequence<unsigned, Depths...>) {
  return std::array{&find_padded_leaves<Depths, Sum>...};
}
template <typename Sum>
constexpr auto kLeafFinders = leaf_finders<Sum>(std::make_integer_sequence<unsigned, kMaxPaddedDepth + 1>());

template <unsigned Depth, typename Sum>
void walk_padded(const PaddedTree<Sum>& tree, const PreparedRows& rows, Sum* sums) {
  std::array<uint32_t, kRowsInStep> at;
  at.fill(1);
  for (size_t first = 0; first < rows.count; first += kRowsInStep) finish<0, Depth>(tree, rows, first, at, sums);
}

template <typename Sum, unsigned... Depths>
constexpr auto scalar_walks(std::integer_sequence<unsigned, Depths...>) {
  return std::array{&walk_padded<Depths, Sum>...};
}

// ---- Flat trees

/// Left of a node that splits on a set of categories: what is not in the set, and what its flags say.
bool goes_left_by_category(const FlatNode& node, uint32_t order, const uint32_t* words) {
  if (order == kBelowAll) return (node.slot & FlatNode::kMissingLeft) != 0;
  const auto value = static_cast<double>(number_at(order));
  const uint32_t* const set = words + node.threshold;
  if (!(value >= 0 && value < 32.0 * set[0])) return (node.slot & FlatNode::kUnknownLeft) != 0;
  const auto category = static_cast<uint64_t>(value);
  return (set[1 + category / 32] >> (category % 32) & 1) == 0;
}

template <bool ByCategory>
bool goes_left(const FlatNode& node, const uint32_t* row, const uint32_t* words) {
  if constexpr (ByCategory)
    if (node.slot & FlatNode::kByCategory)
      return goes_left_by_category(node, row[node.slot & FlatNode::kSlotMask], words);
  return row[node.slot] < node.threshold;
}

/// Takes each of `at` from its tree's root to its leaf, the i-th by the row `i * stride` floats on.
template <bool ByCategory, size_t Count, typename Stride>
void descend(const FlatNode* nodes, const uint32_t* words, const uint32_t* rows, Stride stride,
             std::array<uint32_t, Count>& at) {
  for (uint32_t moved = 1; moved != 0;) {
    moved = 0;
#pragma GCC unroll 8
    for (size_t i = 0; i < Count; ++i) {
      const FlatNode& node = nodes[at[i]];
      const uint32_t next = node.left + !goes_left<ByCategory>(node, rows + i * stride, words);
      moved |= next ^ at[i];
      at[i] = next;
    }
  }
}

template <size_t Count, typename Sum, typename Stride>
void descend(const Forest<Sum>& forest, const TreeGroup& group, const uint32_t* rows, Stride stride,
             std::array<uint32_t, Count>& at) {
  group.by_category ? descend<true>(forest.nodes.data(), forest.words.data(), rows, stride, at)
                    : descend<false>(forest.nodes.data(), forest.words.data(), rows, stride, at);
}

template <typename Sum>
Sum leaf_of(const Forest<Sum>& forest, uint32_t node) {
  const uint32_t value = forest.nodes[node].leaf_value;
  if constexpr (std::is_same_v<Sum, float>)
    return std::bit_cast<float>(value);
  else
    return forest.double_leaves[value];
}

template <size_t Trees, typename Sum>
void find_flat_leaves(const Forest<Sum>& forest, const TreeGroup& group, size_t first, const uint32_t* row,
                      Sum* leaves) {
  std::array<uint32_t, Trees> at;
  for (size_t i = 0; i < Trees; ++i) at[i] = forest.roots[group.first_tree + first + i];
  descend(forest, group, row, std::integral_constant<size_t, 0>(), at);
  for (size_t i = 0; i < Trees; ++i) leaves[first + i] = leaf_of(forest, at[i]);
}

}  // namespace

template <typename Sum>
PaddedWalk<Sum> scalar_walk(unsigned depth) {
  static constexpr auto kWalks = scalar_walks<Sum>(std::make_integer_sequence<unsigned, kMaxPaddedDepth + 1>());
  return kWalks[depth];
}

template <typename Sum>
void walk_flat(const Forest<Sum>& forest, const TreeGroup& group, size_t tree, const PreparedRows& rows, Sum* sums) {
  for (size_t first = 0; first < rows.count; first += kRowsInStep) {
    std::array<uint32_t, kRowsInStep> at;
    at.fill(forest.roots[tree]);
    descend(forest, group, rows.by_row + first * rows.stride, rows.stride, at);
    for (size_t i = 0; i < kRowsInStep; ++i) sums[first + i] += leaf_of(forest, at[i]);
  }
}

template <typename Sum>
void find_leaves(const Forest<Sum>& forest, const TreeGroup& group, const uint32_t* row, Sum* leaves) {
  if (group.padded) {
    const PaddedTree<Sum> first{&forest.thresholds[group.first], &forest.slots[group.first],
                                &forest.leaves[group.first]};
    return kLeafFinders<Sum>[group.depth](first, group.trees, row, leaves);
  }
  if (group.trees == kGroupTrees) return find_flat_leaves<kGroupTrees>(forest, group, 0, row, leaves);
  for (size_t tree = 0; tree < group.trees; ++tree) find_flat_leaves<1>(forest, group, tree, row, leaves);
}

template PaddedWalk<float> scalar_walk(unsigned);
template PaddedWalk<double> scalar_walk(unsigned);
template void walk_flat(const Forest<float>&, const TreeGroup&, size_t, const PreparedRows&, float*);
template void walk_flat(const Forest<double>&, const TreeGroup&, size_t, const PreparedRows&, double*);
template void find_leaves(const Forest<float>&, const TreeGroup&, const uint32_t*, float*);
template void find_leaves(const Forest<double>&, const TreeGroup&, const uint32_t*, double*);

}  // namespace veleta
