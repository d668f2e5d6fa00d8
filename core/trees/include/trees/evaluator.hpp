#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "veleta/training.hpp"

namespace veleta {

/// How an evaluator keeps its trees.
enum class TreeLayout {
  kAutomatic,  ///< padded where that costs little memory, else flat
  kPadded,     ///< full trees of one depth in level order, without child indices; flat where categories or depth forbid
  kFlat        ///< 16 bytes a node, for trees of any shape
};

/// What an evaluator may use for many rows at once.
enum class Instructions {
  kBest,   ///< AVX-512 where the processor has it
  kScalar  ///< what every processor has
};

/// The defaults are right but for tests and measurements.
struct EvaluatorOptions {
  TreeLayout layout = TreeLayout::kAutomatic;
  Instructions instructions = Instructions::kBest;
};

/// Margins of a tree view, exactly as veleta_trees defines them: bit for bit XGBoost's own where the view is in single
/// precision, whatever layout, instructions and number of rows. Immutable and thread-safe; keeps nothing of the view.
class TreeEvaluator {
 public:
  /// The view must have passed ModelHandle::trees for rows of so many columns.
  TreeEvaluator(const veleta_trees& trees, size_t columns, EvaluatorOptions options = {});
  TreeEvaluator(TreeEvaluator&&) noexcept;
  TreeEvaluator& operator=(TreeEvaluator&&) noexcept;
  ~TreeEvaluator();

  /// Fills rows * outputs() numbers, those of a row together. Throws kInvalidArgument where the rows have other columns
  /// or `out` another size.
  void margins(const MatrixView& rows, std::span<double> out) const;

  uint32_t outputs() const;
  /// Memory of the trees as they are kept.
  size_t bytes() const;
  /// For people: "100 trees padded to depth 6, 77 KB, AVX-512".
  std::string layout() const;

 private:
  class Kept;
  template <typename Sum>
  class KeptIn;
  std::unique_ptr<const Kept> kept_;
};

}  // namespace veleta
