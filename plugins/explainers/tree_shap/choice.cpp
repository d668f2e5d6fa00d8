#include "choice.hpp"

#include "pattern_tables.hpp"
#include "quadrature_kernel.hpp"

namespace tree_shap {
namespace {

using Factors = QuadratureKernel::Factors;

/// Above so much, reading a tree's factors from memory costs more than computing them: a third of a common last cache.
constexpr size_t kMostKeptBytes = 10 << 20;

std::unique_ptr<Kernel> tables(const Forest& forest, size_t memory_bytes) {
  auto made = PatternTables::make(forest, std::make_shared<Decisions>(forest), path_dependent_weights(),
                                  forest.expected(), memory_bytes,
                                  [&forest] { return std::make_unique<QuadratureKernel>(forest, Factors::kKept); });
  if (!made) throw veleta::Error(veleta::ErrorCode::kUnsupported, "the tables of this model need more than memory_mb");
  return made;
}

}  // namespace

std::unique_ptr<Kernel> choose_kernel(const Forest& forest, const Choice& choice) {
  if (choice.method == "rows" || choice.method == "pairwise")
    throw veleta::Error(veleta::ErrorCode::kInvalidArgument,
                        "the method " + choice.method + " is for perturbation = \"interventional\"");
  if (choice.method == "table") return tables(forest, choice.memory_bytes);
  if (choice.method == "compact") return std::make_unique<QuadratureKernel>(forest, Factors::kComputed);
  if (choice.method == "auto") {
    auto compact = std::make_unique<QuadratureKernel>(forest, Factors::kComputed);
    if (compact->bytes_with_factors() > kMostKeptBytes) return compact;
  }
  return std::make_unique<QuadratureKernel>(forest, Factors::kKept);
}

}  // namespace tree_shap
