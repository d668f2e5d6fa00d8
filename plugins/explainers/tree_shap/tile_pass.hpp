#pragma once

#include "path_pairs.hpp"
#include "path_program.hpp"

// The walk of some rows over a tree, in step: each vector has one number of every row. PathProgram states the formulas;
// the operations are those of row_pass.hpp, one by one.

namespace tree_shap {

/// A number of each row. (GCC takes no template's argument as a vector's size.)
template <size_t Lanes>
struct Vector;
template <>
struct Vector<2> {
  using Numbers = double __attribute__((vector_size(16), aligned(8), may_alias));
};
template <>
struct Vector<4> {
  using Numbers = double __attribute__((vector_size(32), aligned(8), may_alias));
};
template <>
struct Vector<8> {
  using Numbers = double __attribute__((vector_size(64), aligned(8), may_alias));
};

/// Points: of the rule; 0: as many as the tree says. Point q counts for part q % 4 of the sums.
template <size_t Lanes, size_t Points, bool Pairs = false>
class TilePass {
 public:
  using Numbers = typename Vector<Lanes>::Numbers;
  using Split = PathProgram::Split;

  [[gnu::always_inline]] TilePass(const PathProgram& tree, const Forest& forest, const double* tile, double* room,
                                  double* sums)
      : tree_(tree),
        forest_(forest),
        tile_(reinterpret_cast<const Numbers*>(tile)),
        points_(Points ? Points : tree.points),
        mass_(reinterpret_cast<Numbers*>(room)),
        factor_(mass_ + tree.slots * points_),
        weight_(factor_ + tree.twins_begin * points_),
        met_(weight_ + tree.splits.size() * points_),
        share_(reinterpret_cast<double*>(met_ + tree.slots)),
        sums_(reinterpret_cast<Numbers*>(sums)) {}

  [[gnu::always_inline]] void run() {
    if (tree_.splits.empty()) return;
    met_[0] = Numbers{} + 1;
    share_[0] = 1;
#pragma GCC unroll 4
    for (size_t q = 0; q < points_; ++q) mass_[q] = Numbers{} + tree_.rule[tree_.width + q];
    for (uint32_t n = 0; n < tree_.twins_begin; ++n) go_down(n);
    for (uint32_t n = tree_.twins_begin; n < tree_.splits.size(); ++n) turn(n);
    for (const auto& leaf : tree_.lone)
#pragma GCC unroll 4
      for (size_t q = 0; q < points_; ++q) mass_[leaf.slot * points_ + q] = Numbers{} + leaf.value;
    for (uint32_t n = tree_.twins_begin; n-- > 0;) go_up(n);
  }

  /// With Pairs, after run(): adds up the pairs' numbers, by place.
  [[gnu::always_inline]] void interact(const PathPairs& pairs) {
    find_coefficients();
    for (uint32_t n = 0; n < tree_.splits.size(); ++n) {
      const Numbers* given = weight_ + n * points_;
      Numbers sum = given[0];
#pragma GCC unroll 4
      for (size_t q = 1; q < points_; ++q) sum += given[q];
      sums_[pairs.itself[n]] += sum;
      for (uint32_t i = pairs.begin[n]; i < pairs.begin[n + 1]; ++i) {
        const Numbers* coefficient = mass_ + pairs.pairs[i].condition * points_;
        sum = given[0] * coefficient[0];
#pragma GCC unroll 4
        for (size_t q = 1; q < points_; ++q) sum += given[q] * coefficient[q];
        sums_[pairs.pairs[i].place] += sum;
      }
    }
  }

 private:
  struct Factor {
    double point_by_e, share_by_e2;
  };

  [[gnu::always_inline]] Factor factor(const Split& split, size_t q) const {
    if (split.previous == 0) return {tree_.rule[q], 1};
    if (tree_.keeps_factors) return {tree_.factors[split.factors + q], tree_.factors[split.factors + tree_.width + q]};
    const double p = tree_.rule[q], r = share_[split.previous], inverse = 1 / (p + (1 - p) * r);
    return {p * inverse, r * (inverse * inverse)};
  }

  /// 1 for each row that goes left, else 0. (No return value: a vector's ABI depends on the processor.)
  [[gnu::always_inline]] void decide(const Split& split, Numbers& left) const {
    const uint32_t column = split.feature & PathProgram::kFeature;
    const bool missing_left = (split.feature & PathProgram::kMissingLeft) != 0;
    if (split.feature & PathProgram::kCategories) return decide_by_category(split, column, missing_left, left);
    const Numbers x = tile_[column], zero{}, one = zero + 1, threshold = zero + split.threshold;
    left = missing_left ? (x >= threshold ? zero : one) : (x < threshold ? one : zero);
  }

  [[gnu::always_inline]] void decide_by_category(const Split& split, uint32_t column, bool missing_left,
                                                 Numbers& left) const {
    const double* x = reinterpret_cast<const double*>(&tile_[column]);
    double side[Lanes];
    for (size_t lane = 0; lane < Lanes; ++lane)
      side[lane] = forest_.category_goes_left(split.categories, missing_left, static_cast<float>(x[lane]));
    left = *reinterpret_cast<const Numbers*>(side);
  }

  [[gnu::always_inline]] void go_down(uint32_t n) {
    const Split& split = tree_.splits[n];
    Numbers left;
    decide(split, left);
    const Numbers met = met_[split.previous], m = met * (left - split.left_share);
    met_[split.children.left] = met * left;
    met_[split.children.right] = met - met * left;
    share_[split.children.left] = share_[split.previous] * split.left_share;
    share_[split.children.right] = share_[split.previous] * (1 - split.left_share);
#pragma GCC unroll 4
    for (size_t q = 0; q < points_; ++q) {
      const Factor f = factor(split, q);
      const Numbers a = split.left_share + f.point_by_e * m;
      const Numbers above = mass_[n * points_ + q], above_left = a * above;
      factor_[n * points_ + q] = a;
      weight_[n * points_ + q] = above * (f.share_by_e2 * m);
      mass_[split.children.left * points_ + q] = above_left;
      mass_[split.children.right * points_ + q] = above - above_left;
    }
  }

  [[gnu::always_inline]] void turn(uint32_t n) {
    const Split& split = tree_.splits[n];
    Numbers left;
    decide(split, left);
    const Numbers m = met_[split.previous] * (left - split.left_share);
    Numbers given[4] = {};
#pragma GCC unroll 4
    for (size_t q = 0; q < points_; ++q) {
      const Factor f = factor(split, q);
      const Numbers a = split.left_share + f.point_by_e * m;
      const Numbers part = mass_[n * points_ + q] * (f.share_by_e2 * m) * split.leaves.difference;
      if constexpr (Pairs)
        weight_[n * points_ + q] = part;
      else
        given[q % 4] += part;
      mass_[n * points_ + q] = split.leaves.right_value + a * split.leaves.difference;
    }
    if constexpr (!Pairs) give(split, given);
  }

  [[gnu::always_inline]] void go_up(uint32_t n) {
    const Split& split = tree_.splits[n];
    Numbers given[4] = {};
#pragma GCC unroll 4
    for (size_t q = 0; q < points_; ++q) {
      const Numbers right = mass_[split.children.right * points_ + q];
      const Numbers difference = mass_[split.children.left * points_ + q] - right;
      if constexpr (Pairs)
        weight_[n * points_ + q] *= difference;
      else
        given[q % 4] += weight_[n * points_ + q] * difference;
      mass_[n * points_ + q] = right + factor_[n * points_ + q] * difference;
    }
    if constexpr (!Pairs) give(split, given);
  }

  [[gnu::always_inline]] void give(const Split& split, const Numbers (&given)[4]) {
    Numbers* sums = sums_ + 4 * (split.feature & PathProgram::kFeature);
#pragma GCC unroll 4
    for (size_t part = 0; part < (points_ < 4 ? points_ : 4); ++part) sums[part] += given[part];
  }

  /// Puts (o - r) / e of each condition that leads to a split in place of what was known of that one.
  [[gnu::always_inline]] void find_coefficients() {
    for (uint32_t c = 1; c < tree_.splits.size(); ++c)
#pragma GCC unroll 4
      for (size_t q = 0; q < points_; ++q) {
        const double p = tree_.rule[q], unmet = -1 / (1 - p);
        const double met = (1 - share_[c]) / (p + (1 - p) * share_[c]);
        mass_[c * points_ + q] = unmet + met_[c] * (met - unmet);
      }
  }

  const PathProgram& tree_;
  const Forest& forest_;
  const Numbers* tile_;
  const size_t points_;
  Numbers *mass_, *factor_, *weight_, *met_;
  double* share_;
  Numbers* sums_;
};

template <size_t Lanes>
[[gnu::always_inline]] inline void tile_pass(const PathProgram& tree, const Forest& forest, const double* tile,
                                             double* scratch, double* sums) {
  switch (tree.points) {
    case 1: return TilePass<Lanes, 1>(tree, forest, tile, scratch, sums).run();
    case 2: return TilePass<Lanes, 2>(tree, forest, tile, scratch, sums).run();
    case 3: return TilePass<Lanes, 3>(tree, forest, tile, scratch, sums).run();
    case 4: return TilePass<Lanes, 4>(tree, forest, tile, scratch, sums).run();
    default: return TilePass<Lanes, 0>(tree, forest, tile, scratch, sums).run();
  }
}

template <size_t Points, size_t Lanes>
[[gnu::always_inline]] inline void interact_at(const PathProgram& tree, const Forest& forest, const PathPairs& pairs,
                                               const double* tile, double* scratch, double* sums) {
  TilePass<Lanes, Points, true> pass(tree, forest, tile, scratch, sums);
  pass.run();
  pass.interact(pairs);
}

template <size_t Lanes>
[[gnu::always_inline]] inline void interact_pass(const PathProgram& tree, const Forest& forest, const PathPairs& pairs,
                                                 const double* tile, double* scratch, double* sums) {
  switch (tree.points) {
    case 1: return interact_at<1, Lanes>(tree, forest, pairs, tile, scratch, sums);
    case 2: return interact_at<2, Lanes>(tree, forest, pairs, tile, scratch, sums);
    case 3: return interact_at<3, Lanes>(tree, forest, pairs, tile, scratch, sums);
    case 4: return interact_at<4, Lanes>(tree, forest, pairs, tile, scratch, sums);
    default: return interact_at<0, Lanes>(tree, forest, pairs, tile, scratch, sums);
  }
}

}  // namespace tree_shap
