#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quadrature.hpp"
#include "veleta/training.hpp"

namespace tree_shap {

/// One decision tree, ready to attribute what it adds to a margin.
///
/// The game is that of path-dependent TreeSHAP (Lundberg et al. 2018, arXiv 1802.03888): a feature that is not known is
/// split both ways by the training weight (cover) of the two sides. With o_i = 1 if the row meets all of a leaf's
/// conditions on feature i (else 0), r_i = the share of training weight that meets them, and k features on the leaf's
/// path,
///
///     phi_j = sum over leaves v * integral over p in 0..1 of (o_j - r_j) * product over i != j of (p o_i + (1 - p)
///     r_i)
///
/// whose integrand is a polynomial of degree k - 1: a Gauss–Legendre rule of k / 2 points integrates it exactly. Unlike
/// the recursion of that paper it never divides by what may be small, so deep trees and leaves without cover lose
/// nothing.
class ShapTree {
 public:
  /// Throws kBadData for a feature outside `columns`, or a cover below 0.
  ShapTree(const veleta_trees& trees, size_t tree, size_t columns);

  /// What the tree adds if nothing of a row is known.
  double expected_value() const { return expected_value_; }

  /// Working memory of explain; one a thread.
  struct Scratch {
    std::vector<double> reach, mass;
    std::vector<uint8_t> met;
  };
  /// Adds the row's attributions, one a column.
  void explain(const float* row, std::span<double> attributions, Scratch& scratch) const;

 private:
  static constexpr uint32_t kRoot = 0;

  /// A node, with the condition on the edge that leads to it. The root's is always met, by every training row.
  struct Node {
    uint32_t parent = kRoot;
    uint32_t previous = kRoot;  ///< nearest node above whose condition is on the same feature; kRoot: none
    int32_t feature = -1;
    float threshold = 0;
    bool is_left = false;
    bool takes_missing = false;
    bool is_leaf = false;
    double edge_share = 1;  ///< of the parent's training weight, how much comes here
    double share = 1;       ///< of all training weight, how much meets the conditions so far on this feature
    double value = 0;       ///< a leaf's
  };

  static void check(const veleta_trees& trees, uint32_t node, size_t columns);
  void append_children(const veleta_trees& trees, uint32_t from, uint32_t parent);
  uint32_t nearest_above(uint32_t node, int32_t feature) const;
  void measure();
  void choose_rule(size_t features_on_a_path);

  static bool meets(const Node& node, const float* row);
  void walk_down(const float* row, Scratch& scratch) const;
  void walk_up(std::span<double> attributions, Scratch& scratch) const;

  const double* inverse(uint32_t node) const { return &inverse_factor_[node * points_]; }

  std::vector<Node> nodes_;  ///< parents first
  Quadrature rule_;
  size_t points_ = 1;
  std::vector<double> inverse_factor_;  ///< by node and point: 1 / (p + (1 - p) share)
  double expected_value_ = 0;
};

}  // namespace tree_shap
