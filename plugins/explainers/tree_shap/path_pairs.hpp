#pragma once

#include <cstdint>
#include <vector>

#include "path_program.hpp"

namespace tree_shap {

/// The columns that the trees split on, and a place for each unordered pair of them, a column with itself included.
class ColumnPairs {
 public:
  ColumnPairs(const std::vector<PathProgram>& trees, size_t columns);

  const std::vector<uint32_t>& columns() const { return columns_; }
  size_t count() const { return columns_.size() * (columns_.size() + 1) / 2; }
  uint32_t place(uint32_t column, uint32_t other) const { return place_of_ranks(rank_[column], rank_[other]); }
  /// The same of places in columns().
  static uint32_t place_of_ranks(uint32_t rank, uint32_t other) {
    const uint32_t larger = rank > other ? rank : other, smaller = rank > other ? other : rank;
    return larger * (larger + 1) / 2 + smaller;
  }

 private:
  std::vector<uint32_t> columns_, rank_;
};

/// What interacts at each split of a tree: its feature and every other one with a condition above.
///
/// By PathProgram's formulas, with ED(n) = weight * C * (r / e^2) * m * (G_left - G_right) what split n on feature j
/// gives at a point,
///
///     2 Phi_ij = sum over points and leaves v * C_leaf * (o_i - r_i) / e_i * (o_j - r_j) / e_j
///              = sum over points and splits n on i or on j of ED(n) * (o - r) / e,
///
/// (o - r) / e being that of the other feature's last condition above n.
struct PathPairs {
  struct Pair {
    uint32_t condition;  ///< slot of the child to which the last condition on the other feature leads
    uint32_t place;      ///< of the pair
  };

  PathPairs(const PathProgram& tree, const ColumnPairs& columns);

  std::vector<uint32_t> begin;  ///< of each split's pairs, and the end of all
  std::vector<Pair> pairs;
  std::vector<uint32_t> itself;  ///< of each split, the place of its feature with itself
};

}  // namespace tree_shap
