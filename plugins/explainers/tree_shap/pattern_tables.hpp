#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "kernel.hpp"
#include "table_plan.hpp"

namespace tree_shap {

/// Fills the weights of all patterns on `path`, a way through the tree of that number, as PatternValues takes them.
using PatternWeights = std::function<void(size_t tree, const Path& path, std::span<double> weights)>;

/// Those of path-dependent values: a feature that is not known meets its conditions as often as training weight did.
PatternWeights path_dependent_weights();

/// Numbers of every group of leaves for every outcome of its conditions; all are read off by a row's Decisions.
class LookUpTable {
 public:
  /// By features, or by pairs of them as places in the upper triangle of a matrix.
  enum class Of { kFeatures, kPairs };
  LookUpTable(const Forest& forest, const Decisions& decisions, const TablePlan& plan, const PatternWeights& weights,
              Of of);

  /// Rows: all their Decisions, word by word, of each word row by row; and where all their numbers are added to.
  struct Rows {
    size_t count;
    const uint64_t* words;
    double* values;
    size_t numbers_a_row;
  };
  /// Adds the numbers of all trees.
  void add(const Rows& rows) const;

  size_t bytes() const;

 private:
  struct Group {
    size_t numbers;  ///< place of its table
    uint32_t cells, cell_count;
    uint32_t piece, piece_count;
  };
  struct LookUps;
  void append(const LeafGroup& group, size_t tree, uint32_t first_word, uint32_t output, const PatternWeights& weights);
  LookUps look_up(size_t begin, size_t end, const Rows& rows, std::vector<uint32_t>& extracted) const;
  template <size_t kCells>
  void add_some(const LookUps& some, const Rows& rows) const;
  void append_pieces(const std::vector<uint32_t>& bits, uint32_t first_word);
  void append_cells(const LeafGroup& group, uint32_t output);
  void fill(const LeafGroup& group, size_t tree, const PatternWeights& weights, double* numbers) const;

  Of of_;
  size_t columns_;
  std::vector<Group> groups_;    ///< those with as many cells stand together
  std::vector<size_t> batches_;  ///< first of some groups with as many cells; and behind the last group
  std::vector<double> numbers_;
  std::vector<uint32_t> cells_;  ///< where in a row's values each number goes
  std::vector<uint64_t> masks_;  ///< a group's conditions in one word: a piece
  std::vector<uint32_t> word_of_;
  std::vector<uint8_t> shift_;  ///< of the piece's bits in the number of the table's row
};

/// Explains by look-ups: a row costs as much whatever weights the tables were made from. In double precision.
class PatternTables final : public Kernel {
 public:
  /// What has interactions where their tables would not fit.
  using MakeKernel = std::function<std::unique_ptr<Kernel>()>;

  /// Null where the tables need more than `budget_bytes`. `forest` outlives it; `expected`: what the trees of each
  /// output add up to if nothing is known.
  static std::unique_ptr<PatternTables> make(const Forest& forest, std::shared_ptr<const Decisions> decisions,
                                             PatternWeights weights, std::vector<double> expected, size_t budget_bytes,
                                             MakeKernel otherwise);

  void explain(const veleta::MatrixView& rows, std::span<double> values) const override;
  /// Their own tables, or what does without, are made at the first call.
  void interact(const veleta::MatrixView& rows, std::span<double> interactions) const override;

  std::vector<double> expected() const override { return expected_; }
  size_t bytes() const override { return attributions_.bytes() + decisions_->bytes(); }
  std::string name() const override { return "pattern tables"; }

 private:
  PatternTables(const Forest& forest, std::shared_ptr<const Decisions> decisions, const TablePlan& plan,
                PatternWeights weights, std::vector<double> expected, MakeKernel otherwise);
  void prepare_interactions() const;
  void add_all(const LookUpTable& table, const veleta::MatrixView& rows, double* values, size_t numbers_a_row) const;

  const Forest& forest_;
  std::shared_ptr<const Decisions> decisions_;
  PatternWeights weights_;
  std::vector<double> expected_;
  MakeKernel otherwise_;  ///< empty: the tables of interactions fit beside the others
  LookUpTable attributions_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const LookUpTable> interactions_;  ///< one of these two is made, under once_
  mutable std::unique_ptr<const Kernel> instead_;
};

}  // namespace tree_shap
