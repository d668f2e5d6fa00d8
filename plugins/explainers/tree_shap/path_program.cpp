#include "path_program.hpp"

#include <algorithm>
#include <string>

#include "veleta/error.hpp"

namespace tree_shap {
namespace {

/// Numbers the nodes of a tree: splits that have a split below, splits that have none, leaves beside a split.
class Slots {
 public:
  explicit Slots(const Tree& tree) : tree_(tree), slot_(tree.nodes.size(), kNone) {
    for (const bool twins : {false, true}) {
      if (twins) twins_begin_ = count_;
      for (uint32_t n = 0; n < tree.nodes.size(); ++n)
        if (!tree.nodes[n].is_leaf() && is_twin(n) == twins) give(n);
    }
    splits_ = count_;
    for (uint32_t n = 0; n < tree.nodes.size(); ++n) {
      if (tree.nodes[n].is_leaf() || is_twin(n)) continue;
      for (const uint32_t child : {tree.nodes[n].left, tree.nodes[n].left + 1})
        if (tree.nodes[child].is_leaf()) give(child);
    }
  }

  uint32_t of(uint32_t node) const { return slot_[node]; }
  bool is_split(uint32_t node) const { return slot_[node] < splits_; }
  bool is_lone(uint32_t node) const { return slot_[node] != kNone && !is_split(node); }
  uint32_t splits() const { return splits_; }
  uint32_t twins_begin() const { return twins_begin_; }
  uint32_t count() const { return count_; }
  bool is_twin(uint32_t node) const {
    const uint32_t left = tree_.nodes[node].left;
    return tree_.nodes[left].is_leaf() && tree_.nodes[left + 1].is_leaf();
  }

 private:
  static constexpr uint32_t kNone = ~0u;

  void give(uint32_t node) { slot_[node] = count_++; }

  const Tree& tree_;
  std::vector<uint32_t> slot_;
  uint32_t splits_ = 0, twins_begin_ = 0, count_ = 0;
};

/// Of each node, the share of training weight that meets the conditions down to it on the feature of the last one.
std::vector<double> shares(const Tree& tree, const std::vector<uint32_t>& previous) {
  std::vector<double> share(tree.nodes.size(), 1);
  for (size_t n = 0; n < tree.nodes.size(); ++n) {
    const Node& node = tree.nodes[n];
    if (node.is_leaf()) continue;
    share[node.left] = share[previous[n]] * node.left_share;
    share[node.left + 1] = share[previous[n]] * (1 - node.left_share);
  }
  return share;
}

PathProgram::Split split_of(const Tree& tree, uint32_t n, const Slots& slots, uint32_t previous) {
  const Node& node = tree.nodes[n];
  PathProgram::Split split{};
  split.left_share = node.left_share;
  if (slots.is_twin(n)) {
    split.leaves.difference = tree.nodes[node.left].value - tree.nodes[node.left + 1].value;
    split.leaves.right_value = tree.nodes[node.left + 1].value;
  } else {
    split.children.left = slots.of(node.left);
    split.children.right = slots.of(node.left + 1);
  }
  split.feature = static_cast<uint32_t>(node.feature) | (node.default_left ? PathProgram::kMissingLeft : 0);
  if (node.categories) {
    split.feature |= PathProgram::kCategories;
    split.categories = node.categories;
  } else {
    split.threshold = node.threshold;
  }
  split.previous = previous == 0 ? 0 : slots.of(previous);
  return split;
}

/// Of a slot's four-point blocks in one tree: 256 MB of numbers for each of three a slot.
constexpr size_t kMostNumbers = 1 << 25;

}  // namespace

PathProgram::PathProgram(const Tree& tree, size_t columns, bool keep_factors)
    : output(tree.output), keeps_factors(keep_factors) {
  const std::vector<uint32_t> previous = previous_conditions(tree, columns);
  points = static_cast<uint32_t>(std::max<size_t>(1, (features_on_a_path(tree, previous) + 1) / 2));
  width = (points + 3) / 4 * 4;
  if (width * tree.nodes.size() > kMostNumbers)
    throw veleta::Error(veleta::ErrorCode::kUnsupported,
                        "a tree has " + std::to_string(tree.nodes.size()) + " nodes and up to " +
                            std::to_string(2 * points) + " features on a path: too many to explain it by quadrature");
  const Quadrature rule_of_tree = gauss_legendre(points);
  rule.assign(2 * width, 0);
  std::fill_n(rule.begin(), width, 0.5);
  std::ranges::copy(rule_of_tree.points, rule.begin());
  std::ranges::copy(rule_of_tree.weights, rule.begin() + width);

  const Slots slot(tree);
  slots = slot.count();
  twins_begin = slot.twins_begin();
  splits.resize(slot.splits());
  const std::vector<double> share = shares(tree, previous);
  std::vector<uint32_t> place(tree.nodes.size(), 0);
  const auto add_factors = [&](double r) {
    for (size_t q = 0; q < width; ++q) factors.push_back(rule[q] * (1 / (rule[q] + (1 - rule[q]) * r)));
    for (size_t q = 0; q < width; ++q) {
      const double inverse = 1 / (rule[q] + (1 - rule[q]) * r);
      factors.push_back(r * (inverse * inverse));
    }
  };
  add_factors(1);
  for (uint32_t n = 0; n < tree.nodes.size(); ++n) {
    if (slot.is_lone(n)) lone.push_back({slot.of(n), tree.nodes[n].value});
    if (!slot.is_split(n)) continue;
    Split& split = splits[slot.of(n)] = split_of(tree, n, slot, previous[n]);
    if (previous[n] == 0) continue;
    if (place[previous[n]] == 0) {
      place[previous[n]] = static_cast<uint32_t>(2 * width * places++);
      if (keep_factors) add_factors(share[previous[n]]);
    }
    if (keep_factors) split.factors = place[previous[n]];
  }
}

size_t PathProgram::bytes() const {
  return sizeof *this + splits.size() * sizeof(Split) + lone.size() * sizeof(LoneLeaf) +
         (rule.size() + factors.size()) * sizeof(double);
}

size_t PathProgram::bytes_with_factors() const {
  return bytes() + (2 * width * places - factors.size()) * sizeof(double);
}

}  // namespace tree_shap
