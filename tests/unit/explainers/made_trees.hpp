#pragma once

#include <random>
#include <vector>

#include "veleta/training.hpp"

namespace veleta::testing {

/// Trees written by hand, or at random. Children are appended behind their parents.
class MadeTrees {
 public:
  /// Starts a tree whose root has that cover. Returns the node.
  uint32_t add_tree(double cover) {
    trees_.roots.push_back(static_cast<uint32_t>(trees_.feature.size()));
    return append(cover);
  }
  void make_leaf(uint32_t node, double value) { trees_.value[node] = value; }
  /// Returns the left child; the right one is the next.
  uint32_t split(uint32_t node, int32_t feature, float threshold, double left_cover, double right_cover,
                 bool missing_left = false) {
    trees_.feature[node] = feature;
    trees_.threshold[node] = threshold;
    trees_.default_left[node] = missing_left;
    trees_.left[node] = append(left_cover);
    trees_.right[node] = append(right_cover);
    return trees_.left[node];
  }
  void set_base_margin(double margin) { trees_.base_margin = margin; }

  /// A tree of random shape and values; some nodes get no cover at all.
  void add_random_tree(std::mt19937& random, int32_t columns, int depth) {
    grow(random, add_tree(100), 100, columns, depth);
  }

  const TreeEnsemble& ensemble() const { return trees_; }
  /// Valid until the next change.
  veleta_trees view() const { return to_abi(trees_); }

 private:
  uint32_t append(double cover) {
    trees_.feature.push_back(TreeEnsemble::kLeaf);
    trees_.threshold.push_back(0);
    trees_.left.push_back(0);
    trees_.right.push_back(0);
    trees_.default_left.push_back(0);
    trees_.value.push_back(0);
    trees_.cover.push_back(cover);
    return static_cast<uint32_t>(trees_.feature.size() - 1);
  }

  void grow(std::mt19937& random, uint32_t node, double cover, int32_t columns, int depth) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    if (depth == 0 || uniform(random) < -0.8) return make_leaf(node, uniform(random));
    const double share = uniform(random) < -0.7 ? 0 : (uniform(random) + 1) / 2;
    const auto feature = static_cast<int32_t>(random() % static_cast<uint32_t>(columns));
    const uint32_t left = split(node, feature, static_cast<float>(uniform(random)), cover * share, cover * (1 - share),
                                random() % 2 == 0);
    grow(random, left, cover * share, columns, depth - 1);
    grow(random, left + 1, cover * (1 - share), columns, depth - 1);
  }

  TreeEnsemble trees_;
};

}  // namespace veleta::testing
