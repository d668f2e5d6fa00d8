#pragma once

#include <cstdint>
#include <vector>

#include "forest.hpp"
#include "quadrature.hpp"

namespace tree_shap {

/// A tree as the passes over it read it.
///
/// The game is that of path-dependent TreeSHAP (Lundberg et al. 2018, arXiv 1802.03888): a feature that is not known is
/// split both ways by the training weight (cover) of the two sides. With o_i = 1 if the row meets all of a leaf's
/// conditions on feature i (else 0), r_i = the share of training weight that meets them, and k features on the leaf's
/// path,
///
///     phi_j = sum over leaves v * integral over p in 0..1 of (o_j - r_j) * product over i != j of e_i,
///     e_i = p o_i + (1 - p) r_i,
///
/// whose integrand is a polynomial of degree k - 1: a Gauss–Legendre rule of k / 2 points integrates it exactly. The
/// sum over leaves need not be made leaf by leaf. At a node that splits on j, let r be the share of the conditions on j
/// above it, s the left child's share of the node's weight, d = 1 if the row goes left (else 0), m = d - s if the row
/// meets those conditions (else 0), and e = p + (1 - p) r. Then the children's factors are, relative to the node's,
///
///     a = s + p m / e for the left one, and 1 - a for the right one,
///
/// so that the expectation G of what is below, and the product C of the factors above, follow as
///
///     G = G_right + a (G_left - G_right),   C_left = a C,   C_right = C - C_left,
///
/// and telescoping (o_j - r_j) / e_j over the conditions on j gives what the node adds:
///
///     phi_j += sum over points of weight * C * (r / e^2) * m * (G_left - G_right).
///
/// All a lie in 0..1, so nothing grows with depth, and nothing is divided by a share.
struct PathProgram {
  static constexpr uint32_t kMissingLeft = 1u << 31, kCategories = 1u << 30, kFeature = kCategories - 1;

  struct Children {
    uint32_t left, right;  ///< slots
  };
  struct Leaves {
    double difference, right_value;  ///< the left one's value less the right one's, and the latter
  };
  /// An inner node. Its own slot is its place in `splits`.
  struct Split {
    double left_share;
    union {
      Children children;
      Leaves leaves;  ///< of a twin
    };
    union {
      float threshold;
      uint32_t categories;  ///< as Node::categories
    };
    uint32_t feature;   ///< and the flags above
    uint32_t previous;  ///< slot of the child to which the last condition on the feature leads; 0: there is none
    uint32_t factors;   ///< place in `factors`; 0: those of a first condition
  };
  struct LoneLeaf {
    uint32_t slot;
    double value;
  };

  /// Columns are at most 2^30. With `keep_factors`, what depends on the conditions above is computed once, here. Throws
  /// kUnsupported for a tree whose walk would take memory without measure: thousands of features on a path of a large
  /// one.
  PathProgram(const Tree& tree, size_t columns, bool keep_factors);

  size_t bytes() const;
  /// What bytes() is, or would be, with factors that are kept.
  size_t bytes_with_factors() const;

  uint32_t output = 0;
  uint32_t points = 1;       ///< of the rule
  uint32_t width = 4;        ///< points, up to the next multiple of four; the weights of those added are zero
  uint32_t twins_begin = 0;  ///< splits from here on have two leaves as children; those before, at most one
  uint32_t slots = 0;        ///< of splits and lone leaves
  size_t places = 1;         ///< that `factors` has, or would have
  bool keeps_factors;
  std::vector<Split> splits;   ///< parents first
  std::vector<LoneLeaf> lone;  ///< leaves whose sibling is none
  std::vector<double> rule;    ///< `width` points p, then as many weights
  /// By place: `width` numbers p / e, and as many r / e^2. The first place is that of e = r = 1.
  std::vector<double> factors;
};

}  // namespace tree_shap
