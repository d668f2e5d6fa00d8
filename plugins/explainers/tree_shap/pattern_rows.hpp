#pragma once

#include <memory>

#include "background.hpp"
#include "kernel.hpp"
#include "row_cache.hpp"

namespace tree_shap {

/// Interventional values where tables of all patterns would be too large: of each leaf, the rows of its table that
/// explained rows need, made at first touch from the background patterns that the leaf tells apart, and kept while
/// there is room.
class PatternRows final : public Kernel {
 public:
  /// Null where a path has more than 64 features, or what the leaves must know of the background needs more than half
  /// of `budget_bytes`; the rest is for the rows. All must outlive it.
  static std::unique_ptr<PatternRows> make(const Forest& forest, const Decisions& decisions,
                                           const Background& background, std::vector<double> expected,
                                           size_t budget_bytes);

  void explain(const veleta::MatrixView& rows, std::span<double> values) const override;
  void interact(const veleta::MatrixView& rows, std::span<double> interactions) const override;
  std::vector<double> expected() const override { return expected_; }
  size_t bytes() const override;
  std::string name() const override { return "pattern rows made on first touch"; }

 private:
  /// The condition on the edge to a node, and which of the path's features it is on.
  struct Step {
    uint32_t parent, bit;
    bool left;
    bool again;  ///< the path has had conditions on this feature
    uint8_t feature;
  };
  struct Weighted {
    uint64_t pattern;
    double weight;
  };
  struct Leaf {
    uint32_t node;  ///< in its tree
    double value;
    uint32_t features, feature_count;   ///< in features_
    size_t background, background_end;  ///< in background_
    uint64_t all, met_by_some;          ///< patterns: of all its features; of those that a background row meets
  };
  struct StepTree {
    size_t steps, nodes;  ///< of steps_
    size_t leaves, leaf_end;
  };
  enum class Of { kFeatures, kPairs };

  PatternRows(const Forest& forest, const Decisions& decisions, std::vector<double> expected);
  bool append(size_t tree, const Background& background, size_t budget_bytes);
  bool append_steps(const Tree& tree, const std::vector<uint32_t>& bits);
  void append_leaf(uint32_t node, double value, const std::vector<int32_t>& features);
  void weigh(size_t tree, const Background& background);
  void patterns(const StepTree& tree, const uint64_t* words, std::vector<uint64_t>& patterns) const;
  void make_row(const Leaf& leaf, uint64_t pattern, Of of, std::vector<double>& numbers) const;
  void add_all(const veleta::MatrixView& rows, Of of, RowCache& cache, double* values) const;
  void add(const Leaf& leaf, Of of, const double* numbers, double* output) const;

  const Forest& forest_;
  const Decisions& decisions_;
  std::vector<double> expected_;
  std::vector<StepTree> trees_;
  std::vector<Step> steps_;  ///< by tree and node; the root's is not looked at
  std::vector<Leaf> leaves_;
  std::vector<int32_t> features_;
  std::vector<Weighted> background_;
  mutable std::unique_ptr<RowCache> attributions_, interactions_;  ///< thread-safe themselves
};

}  // namespace tree_shap
