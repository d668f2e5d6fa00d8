#pragma once

#include "path_program.hpp"

// One row's walk over a tree, four quadrature points at a time. PathProgram states the formulas.

namespace tree_shap {

/// Four numbers where the processor has vectors of four.
struct WideFours {
  using Four = double __attribute__((vector_size(32), aligned(8), may_alias));
};

/// Four numbers where it has vectors of two: GCC would take them to memory and back for each operation.
struct PairedFours {
  using Two = double __attribute__((vector_size(16), aligned(8), may_alias));
  struct Four {
    Two low, high;

    [[gnu::always_inline]] friend Four operator+(Four a, Four b) { return {a.low + b.low, a.high + b.high}; }
    [[gnu::always_inline]] friend Four operator-(Four a, Four b) { return {a.low - b.low, a.high - b.high}; }
    [[gnu::always_inline]] friend Four operator*(Four a, Four b) { return {a.low * b.low, a.high * b.high}; }
    [[gnu::always_inline]] friend Four operator+(double a, Four b) { return {a + b.low, a + b.high}; }
    [[gnu::always_inline]] friend Four operator-(double a, Four b) { return {a - b.low, a - b.high}; }
    [[gnu::always_inline]] friend Four operator*(double a, Four b) { return {a * b.low, a * b.high}; }
    [[gnu::always_inline]] friend Four operator/(double a, Four b) { return {a / b.low, a / b.high}; }
    [[gnu::always_inline]] Four& operator+=(Four b) { return *this = *this + b; }
  };
};

[[gnu::always_inline]] inline double goes_left(const PathProgram::Split& split, const Forest& forest, float x) {
  if (split.feature & PathProgram::kCategories)
    return forest.category_goes_left(split.categories, (split.feature & PathProgram::kMissingLeft) != 0, x);
  return (x < split.threshold) | ((x != x) & static_cast<int>(split.feature / PathProgram::kMissingLeft));
}

/// The parts of the scratch memory in which a row's walk keeps what it knows of each slot.
template <typename Fours>
struct RowScratch {
  using Four = typename Fours::Four;

  Four* mass;     ///< going down, the factors above; going up, the expectation of what is below
  Four* factor;   ///< of the left child
  Four* weight;   ///< of the difference between the children's expectations
  double* met;    ///< whether the row meets the conditions down to a slot on the feature of the last one
  double* share;  ///< of training weight that does

  RowScratch(const PathProgram& tree, size_t blocks, double* room)
      : mass(reinterpret_cast<Four*>(room)),
        factor(mass + tree.slots * blocks),
        weight(factor + tree.twins_begin * blocks),
        met(reinterpret_cast<double*>(weight + tree.twins_begin * blocks)),
        share(met + tree.slots) {}
};

/// Blocks: of four points; 0: as many as the tree says. Kept: the tree has all factors. Fours: one of those above.
template <size_t Blocks, bool Kept, typename Fours>
class RowPass {
 public:
  using Four = typename Fours::Four;

  [[gnu::always_inline]] RowPass(const PathProgram& tree, const Forest& forest, const float* row, double* room,
                                 double* sums)
      : tree_(tree),
        forest_(forest),
        row_(row),
        blocks_(Blocks ? Blocks : tree.width / 4),
        points_(reinterpret_cast<const Four*>(tree.rule.data())),
        at_(tree, blocks_, room),
        sums_(reinterpret_cast<Four*>(sums)) {}

  [[gnu::always_inline]] void run() {
    if (tree_.splits.empty()) return;
    at_.met[0] = at_.share[0] = 1;
    for (size_t b = 0; b < blocks_; ++b) at_.mass[b] = points_[blocks_ + b];
    for (uint32_t n = 0; n < tree_.twins_begin; ++n) go_down(n);
    for (uint32_t n = tree_.twins_begin; n < tree_.splits.size(); ++n) turn(n);
    for (const auto& leaf : tree_.lone)
      for (size_t b = 0; b < blocks_; ++b) at_.mass[leaf.slot * blocks_ + b] = leaf.value + Four{};
    for (uint32_t n = tree_.twins_begin; n-- > 0;) go_up(n);
  }

 private:
  struct Factors {
    Four point_by_e, share_by_e2;
  };

  /// The two numbers of a node's factors, of block b.
  [[gnu::always_inline]] Factors factors(const PathProgram::Split& split, size_t b) const {
    if constexpr (Kept) {
      const Four* kept = reinterpret_cast<const Four*>(&tree_.factors[split.factors]);
      return {kept[b], kept[blocks_ + b]};
    } else {
      if (split.previous == 0) return {points_[b], 1.0 + Four{}};
      const double r = at_.share[split.previous];
      const Four inverse = 1.0 / (points_[b] + r * (1.0 - points_[b]));
      return {points_[b] * inverse, r * (inverse * inverse)};
    }
  }

  [[gnu::always_inline]] void go_down(uint32_t n) {
    const PathProgram::Split& split = tree_.splits[n];
    const double left = goes_left(split, forest_, row_[split.feature & PathProgram::kFeature]);
    const double met = at_.met[split.previous], m = met * (left - split.left_share);
    at_.met[split.children.left] = met * left;
    at_.met[split.children.right] = met - met * left;
    if constexpr (!Kept) {
      at_.share[split.children.left] = at_.share[split.previous] * split.left_share;
      at_.share[split.children.right] = at_.share[split.previous] * (1 - split.left_share);
    }
    for (size_t b = 0; b < blocks_; ++b) {
      const Factors f = factors(split, b);
      const Four a = split.left_share + m * f.point_by_e;
      const Four above = at_.mass[n * blocks_ + b], above_left = a * above;
      at_.factor[n * blocks_ + b] = a;
      at_.weight[n * blocks_ + b] = above * (m * f.share_by_e2);
      at_.mass[split.children.left * blocks_ + b] = above_left;
      at_.mass[split.children.right * blocks_ + b] = above - above_left;
    }
  }

  /// At a twin: down and up at once.
  [[gnu::always_inline]] void turn(uint32_t n) {
    const PathProgram::Split& split = tree_.splits[n];
    const uint32_t feature = split.feature & PathProgram::kFeature;
    const double left = goes_left(split, forest_, row_[feature]);
    const double m = at_.met[split.previous] * (left - split.left_share);
    Four given{};
    for (size_t b = 0; b < blocks_; ++b) {
      const Factors f = factors(split, b);
      const Four a = split.left_share + m * f.point_by_e;
      given += split.leaves.difference * (at_.mass[n * blocks_ + b] * (m * f.share_by_e2));
      at_.mass[n * blocks_ + b] = split.leaves.right_value + split.leaves.difference * a;
    }
    sums_[feature] += given;
  }

  [[gnu::always_inline]] void go_up(uint32_t n) {
    const PathProgram::Split& split = tree_.splits[n];
    Four given{};
    for (size_t b = 0; b < blocks_; ++b) {
      const Four right = at_.mass[split.children.right * blocks_ + b];
      const Four difference = at_.mass[split.children.left * blocks_ + b] - right;
      given += at_.weight[n * blocks_ + b] * difference;
      at_.mass[n * blocks_ + b] = right + at_.factor[n * blocks_ + b] * difference;
    }
    sums_[split.feature & PathProgram::kFeature] += given;
  }

  const PathProgram& tree_;
  const Forest& forest_;
  const float* row_;
  const size_t blocks_;
  const Four* points_;
  RowScratch<Fours> at_;
  Four* sums_;
};

template <typename Fours>
[[gnu::always_inline]] inline void row_pass(const PathProgram& tree, const Forest& forest, const float* row,
                                            double* scratch, double* sums) {
  if (tree.keeps_factors)
    tree.width == 4 ? RowPass<1, true, Fours>(tree, forest, row, scratch, sums).run()
                    : RowPass<0, true, Fours>(tree, forest, row, scratch, sums).run();
  else
    tree.width == 4 ? RowPass<1, false, Fours>(tree, forest, row, scratch, sums).run()
                    : RowPass<0, false, Fours>(tree, forest, row, scratch, sums).run();
}

}  // namespace tree_shap
