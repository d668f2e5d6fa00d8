#include "passes.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "row_pass.hpp"
#include "tile_pass.hpp"

// Each function below inlines its pass whole, and so compiles it for the instructions that its attribute names. This
// file is compiled without contraction of a * b + c: its bits are those of every processor.

namespace tree_shap {
namespace {

#define TREE_SHAP_PASSES(isa, target_attribute, lanes, fours)                                                          \
  target_attribute void row_##isa(const PathProgram& tree, const Forest& forest, const float* row, double* scratch,    \
                                  double* sums) {                                                                      \
    row_pass<fours>(tree, forest, row, scratch, sums);                                                                 \
  }                                                                                                                    \
  target_attribute void tile_##isa(const PathProgram& tree, const Forest& forest, const double* tile, double* scratch, \
                                   double* sums) {                                                                     \
    tile_pass<lanes>(tree, forest, tile, scratch, sums);                                                               \
  }                                                                                                                    \
  target_attribute void interact_##isa(const PathProgram& tree, const Forest& forest, const PathPairs& pairs,          \
                                       const double* tile, double* scratch, double* sums) {                            \
    interact_pass<lanes>(tree, forest, pairs, tile, scratch, sums);                                                    \
  }                                                                                                                    \
  constexpr Passes k_##isa{#isa, lanes, &row_##isa, &tile_##isa, &interact_##isa};

TREE_SHAP_PASSES(plain, , 2, PairedFours)

#if defined(__x86_64__)
TREE_SHAP_PASSES(avx2, __attribute__((target("avx2"))), 4, WideFours)
TREE_SHAP_PASSES(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512"))), 8, WideFours)
#endif

std::vector<Passes> supported() {
  std::vector<Passes> result;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    result.push_back(k_avx512);
  if (__builtin_cpu_supports("avx2")) result.push_back(k_avx2);
#endif
  result.push_back(k_plain);
  return result;
}

}  // namespace

size_t scratch_numbers(const PathProgram& tree, size_t lanes) {
  const size_t by_points = std::max<size_t>(tree.width, tree.points * lanes);
  return (tree.slots + 2 * tree.splits.size()) * by_points + 2 * tree.slots * lanes;
}

std::span<const Passes> passes() {
  static const std::vector<Passes> found = supported();
  return found;
}

}  // namespace tree_shap
