#pragma once

#include <cstdint>
#include <vector>

#include "forest.hpp"

namespace tree_shap {

/// a! z! / (a + z + 1)!, the integral over p in 0..1 of p^a (1 - p)^z: what Shapley's weights of a leaf come to which
/// needs some features to be known and some not to be.
double beta_weight(size_t a, size_t z);

/// Walks a tree with a row and a background row at once (Chen, Lundberg and Lee 2022, "Explaining a series of models by
/// propagating Shapley values", section 2.4): to every leaf that is reached if some features are taken from the one and
/// the rest from the other. Where both go the same way nothing else is looked at.
class BothPaths {
 public:
  explicit BothPaths(size_t columns) : side_(columns, kEither) {}

  /// Calls `visit(value, of_row, of_background)` for each such leaf, with the features that must come from the row and
  /// those that must come from the background. `bits`: of the tree's nodes among its Decisions; the words are the
  /// tree's.
  template <typename Visit>
  void walk(const Tree& tree, const std::vector<uint32_t>& bits, const uint64_t* row, const uint64_t* background,
            const Visit& visit) {
    from(0, tree, bits, row, background, visit);
  }

 private:
  enum Side : uint8_t { kEither, kRow, kBackground };

  static bool goes_left(const uint64_t* words, uint32_t bit) { return words[bit / 64] >> bit % 64 & 1; }

  template <typename Visit>
  void from(uint32_t n, const Tree& tree, const std::vector<uint32_t>& bits, const uint64_t* row,
            const uint64_t* background, const Visit& visit) {
    while (!tree.nodes[n].is_leaf()) {
      const Node& node = tree.nodes[n];
      const uint32_t of_row = node.left + !goes_left(row, bits[n]);
      const uint32_t of_background = node.left + !goes_left(background, bits[n]);
      Side& side = side_[static_cast<size_t>(node.feature)];
      if (side == kEither && of_row != of_background) {
        side = kRow;
        of_row_.push_back(node.feature);
        from(of_row, tree, bits, row, background, visit);
        of_row_.pop_back();
        side = kBackground;
        of_background_.push_back(node.feature);
        from(of_background, tree, bits, row, background, visit);
        of_background_.pop_back();
        side = kEither;
        return;
      }
      n = side == kBackground ? of_background : of_row;
    }
    visit(tree.nodes[n].value, of_row_, of_background_);
  }

  std::vector<Side> side_;
  std::vector<int32_t> of_row_, of_background_;
};

}  // namespace tree_shap
