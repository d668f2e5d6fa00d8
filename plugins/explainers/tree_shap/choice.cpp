#include "choice.hpp"

#include <algorithm>

#include "pattern_tables.hpp"
#include "quadrature_kernel.hpp"

namespace tree_shap {
namespace {

using Factors = QuadratureKernel::Factors;

/// Above so much, reading a tree's factors from memory costs more than computing them: a third of a common last cache.
constexpr size_t kMostKeptBytes = 10 << 20;

/// Up to so much, a row alone is looked up in half of quadrature's time; above, it waits for memory.
constexpr size_t kLargestQuickTables_bytes = 8 << 20;

/// Null: they need more than `memory_bytes`.
std::unique_ptr<Kernel> tables(const Forest& forest, size_t memory_bytes) {
  return PatternTables::make(forest, std::make_shared<Decisions>(forest), path_dependent_weights(), forest.expected(),
                             memory_bytes,
                             [&forest] { return std::make_unique<QuadratureKernel>(forest, Factors::kKept); });
}

std::unique_ptr<Kernel> fastest(const Forest& forest, size_t memory_bytes) {
  if (auto made = tables(forest, std::min(memory_bytes, kLargestQuickTables_bytes))) return made;
  auto compact = std::make_unique<QuadratureKernel>(forest, Factors::kComputed);
  if (compact->bytes_with_factors() > kMostKeptBytes) return compact;
  return std::make_unique<QuadratureKernel>(forest, Factors::kKept);
}

}  // namespace

std::unique_ptr<Kernel> choose_kernel(const Forest& forest, const Choice& choice) {
  if (choice.method == "rows" || choice.method == "pairwise")
    throw veleta::Error(veleta::ErrorCode::kInvalidArgument,
                        "the method " + choice.method + " is for perturbation = \"interventional\"");
  if (choice.method == "auto") return fastest(forest, choice.memory_bytes);
  if (choice.method == "compact") return std::make_unique<QuadratureKernel>(forest, Factors::kComputed);
  if (choice.method == "table") {
    if (auto made = tables(forest, choice.memory_bytes)) return made;
    throw veleta::Error(veleta::ErrorCode::kUnsupported, "the tables of this model need more than memory_mb");
  }
  return std::make_unique<QuadratureKernel>(forest, Factors::kKept);
}

}  // namespace tree_shap
