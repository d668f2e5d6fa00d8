#include "forest.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "veleta/error.hpp"

namespace veleta {

namespace {

/// Places beyond the last padded tree, so that kernels may load whole registers.
constexpr size_t kSparePlaces = 64;

/// Depth up to which padding is cheap whatever the shape.
constexpr unsigned kAlwaysPaddedDepth = 4;

/// How much more memory than flat nodes padding may take.
constexpr size_t kPaddingFactor = 2;

bool is_leaf(const veleta_trees& trees, uint32_t node) { return trees.feature[node] == TreeEnsemble::kLeaf; }

bool splits_by_category(const veleta_trees& trees, uint32_t node) {
  return trees.category_begin && trees.category_begin[node + 1] > trees.category_begin[node];
}

struct Shape {
  unsigned depth = 0;
  size_t nodes = 0;
  bool by_category = false;
};

Shape shape_of(const veleta_trees& trees, uint32_t root) {
  Shape shape;
  std::vector<std::pair<uint32_t, unsigned>> to_do{{root, 0}};
  while (!to_do.empty()) {
    const auto [node, depth] = to_do.back();
    to_do.pop_back();
    ++shape.nodes;
    shape.depth = std::max(shape.depth, depth);
    if (is_leaf(trees, node)) continue;
    shape.by_category |= splits_by_category(trees, node);
    to_do.emplace_back(trees.right[node], depth + 1);
    to_do.emplace_back(trees.left[node], depth + 1);
  }
  return shape;
}

uint32_t slot_of(const veleta_trees& trees, uint32_t node, size_t columns) {
  const auto column = static_cast<uint32_t>(trees.feature[node]);
  return trees.default_left[node] ? column : column + static_cast<uint32_t>(columns);
}

template <typename Sum>
class Builder {
 public:
  Builder(const veleta_trees& trees, TreeLayout layout, Forest<Sum>& out) : trees_(trees), layout_(layout), out_(out) {}

  void add_group(size_t first_tree, size_t count) {
    TreeGroup group{.first_tree = first_tree, .trees = count};
    size_t nodes = 0;
    for (size_t tree = first_tree; tree < first_tree + count; ++tree) {
      const Shape shape = shape_of(trees_, trees_.roots[tree]);
      group.depth = std::max(group.depth, shape.depth);
      group.by_category |= shape.by_category;
      nodes += shape.nodes;
    }
    group.padded = should_pad(group, nodes);
    group.padded ? add_padded(group) : add_flat(group);
    out_.groups.push_back(group);
  }

  void finish() {
    out_.thresholds.resize(out_.thresholds.size() + kSparePlaces);
    out_.slots.resize(out_.thresholds.size());
    out_.leaves.resize(out_.thresholds.size());
  }

 private:
  bool should_pad(const TreeGroup& group, size_t nodes) const {
    if (group.by_category || group.depth > kMaxPaddedDepth || layout_ == TreeLayout::kFlat) return false;
    if (layout_ == TreeLayout::kPadded || group.depth <= kAlwaysPaddedDepth) return true;
    const size_t padded_bytes = (group.trees << group.depth) * (2 * sizeof(uint32_t) + sizeof(Sum));
    return padded_bytes <= kPaddingFactor * nodes * sizeof(FlatNode);
  }

  void add_padded(TreeGroup& group) {
    group.first = out_.thresholds.size();
    const size_t end = group.first + (group.trees << group.depth);
    const size_t aligned_end = (end + kLanes - 1) / kLanes * kLanes;
    out_.thresholds.resize(aligned_end);
    out_.slots.resize(aligned_end);
    out_.leaves.resize(aligned_end);
    for (size_t tree = 0; tree < group.trees; ++tree) {
      out_.roots.push_back(0);
      fill(trees_.roots[group.first_tree + tree], group.first + (tree << group.depth), 1, group.depth);
    }
  }

  /// Puts what is below `node` at place `at` of the tree that begins at `first`, `levels` above its leaves.
  void fill(uint32_t node, size_t first, size_t at, unsigned levels) {
    if (is_leaf(trees_, node)) {
      const size_t leaf = at << levels;
      const auto begin = static_cast<ptrdiff_t>(first + leaf - std::bit_floor(leaf));
      std::fill_n(out_.leaves.begin() + begin, size_t{1} << levels, static_cast<Sum>(trees_.value[node]));
      return;
    }
    out_.thresholds[first + at] = order_of(trees_.threshold[node]);
    out_.slots[first + at] = slot_of(trees_, node, out_.columns);
    fill(trees_.right[node], first, 2 * at, levels - 1);
    fill(trees_.left[node], first, 2 * at + 1, levels - 1);
  }

  void add_flat(TreeGroup& group) {
    for (size_t tree = 0; tree < group.trees; ++tree) {
      const auto root = static_cast<uint32_t>(out_.nodes.size());
      out_.roots.push_back(root);
      out_.nodes.emplace_back();
      place_below(trees_.roots[group.first_tree + tree], root);
    }
  }

  void place_below(uint32_t root, uint32_t place) {
    std::vector<std::pair<uint32_t, uint32_t>> to_do{{root, place}};
    while (!to_do.empty()) {
      const auto [node, at] = to_do.back();
      to_do.pop_back();
      if (is_leaf(trees_, node)) {
        out_.nodes[at] = {kBelowAll, 0, at - 1, leaf_value(trees_.value[node])};
        continue;
      }
      const auto left = static_cast<uint32_t>(out_.nodes.size());
      if (left >= std::numeric_limits<uint32_t>::max() - 2)
        throw Error(ErrorCode::kUnsupported, "the trees have more nodes than an index can name");
      out_.nodes.resize(out_.nodes.size() + 2);
      out_.nodes[at] = splits_by_category(trees_, node) ? category_node(node, left) : threshold_node(node, left);
      to_do.emplace_back(trees_.left[node], left);
      to_do.emplace_back(trees_.right[node], left + 1);
      if (trees_.cover[trees_.left[node]] > trees_.cover[trees_.right[node]])
        std::swap(to_do.back(), to_do[to_do.size() - 2]);
    }
  }

  FlatNode threshold_node(uint32_t node, uint32_t left) const {
    return {order_of(trees_.threshold[node]), slot_of(trees_, node, out_.columns), left, 0};
  }

  FlatNode category_node(uint32_t node, uint32_t left) {
    const auto place = static_cast<uint32_t>(out_.words.size());
    const uint32_t begin = trees_.category_begin[node], end = trees_.category_begin[node + 1];
    out_.words.push_back(end - begin);
    out_.words.insert(out_.words.end(), trees_.category_words + begin, trees_.category_words + end);
    const bool missing_left = trees_.default_left[node] != 0;
    const bool unknown_left = missing_left || trees_.unknown_category == VELETA_UNKNOWN_LEFT;
    const uint32_t slot = static_cast<uint32_t>(trees_.feature[node]) | FlatNode::kByCategory |
                          (missing_left ? FlatNode::kMissingLeft : 0) | (unknown_left ? FlatNode::kUnknownLeft : 0);
    return {place, slot, left, 0};
  }

  uint32_t leaf_value(double value) {
    if constexpr (std::is_same_v<Sum, float>) {
      return std::bit_cast<uint32_t>(static_cast<float>(value));
    } else {
      out_.double_leaves.push_back(value);
      return static_cast<uint32_t>(out_.double_leaves.size() - 1);
    }
  }

  const veleta_trees& trees_;
  TreeLayout layout_;
  Forest<Sum>& out_;
};

}  // namespace

template <typename Sum>
Forest<Sum>::Forest(const veleta_trees& trees, size_t column_count, TreeLayout layout)
    : columns(column_count), outputs(std::max<uint32_t>(trees.outputs, 1)) {
  if (columns > FlatNode::kSlotMask / 2)
    throw Error(ErrorCode::kUnsupported, "rows of " + std::to_string(columns) + " columns are too wide for trees");
  for (uint32_t output = 0; output < outputs; ++output)
    base_margins.push_back(static_cast<Sum>(trees.base_margins ? trees.base_margins[output] : trees.base_margin));
  tree_output.resize(trees.tree_count);
  if (trees.tree_output) std::copy_n(trees.tree_output, trees.tree_count, tree_output.begin());
  const std::span<const float> missing(trees.missing, trees.missing ? trees.missing_count : 0);
  if (std::ranges::any_of(missing, [](float value) { return !std::isnan(value); }))
    sentinels.assign(missing.begin(), missing.end());
  Builder<Sum> builder(trees, layout, *this);
  for (size_t tree = 0; tree < trees.tree_count; tree += kGroupTrees)
    builder.add_group(tree, std::min(kGroupTrees, trees.tree_count - tree));
  builder.finish();
}

template <typename Sum>
size_t Forest<Sum>::bytes() const {
  const auto bytes_of = [](const auto& items) { return items.size() * sizeof(items[0]); };
  return bytes_of(thresholds) + bytes_of(slots) + bytes_of(leaves) + bytes_of(nodes) + bytes_of(roots) +
         bytes_of(double_leaves) + bytes_of(words) + bytes_of(tree_output) + bytes_of(groups);
}

template struct Forest<float>;
template struct Forest<double>;

}  // namespace veleta
