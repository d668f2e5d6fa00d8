#pragma once

#include <cstddef>
#include <span>

#include "path_pairs.hpp"
#include "path_program.hpp"

namespace tree_shap {

/// What walks a tree for one row, or for some rows in step, by the instructions of one processor generation. All give
/// the same bits, of a row among others as of a row alone: each number is made by the same operations in the same
/// order.
struct Passes {
  const char* name;
  size_t lanes;  ///< rows of a tile

  /// Adds a row's attributions by one tree. `sums`: four numbers a column, which add up to the attribution (total()).
  void (*row)(const PathProgram& tree, const Forest& forest, const float* row, double* scratch, double* sums);

  /// The same of a tile of `lanes` rows. `tile`: a column's values of all rows one after the other; `sums`: by column,
  /// number and row.
  void (*tile)(const PathProgram& tree, const Forest& forest, const double* tile, double* scratch, double* sums);

  /// Adds twice a tile's interactions by one tree, and once its attributions where a column meets itself. `sums`: by
  /// place of the pair and row.
  void (*interact)(const PathProgram& tree, const Forest& forest, const PathPairs& pairs, const double* tile,
                   double* scratch, double* sums);
};

/// Numbers of scratch that a pass over `tree` needs, for tiles of at most `lanes` rows.
size_t scratch_numbers(const PathProgram& tree, size_t lanes);

/// An attribution of its four parts, `stride` apart.
inline double total(const double* parts, size_t stride) {
  return (parts[0] + parts[2 * stride]) + (parts[stride] + parts[3 * stride]);
}

/// The passes that this processor can run, the fastest first. Never empty.
std::span<const Passes> passes();

}  // namespace tree_shap
