#include "choice.hpp"

#include "quadrature_kernel.hpp"

namespace tree_shap {
namespace {

using Factors = QuadratureKernel::Factors;

/// Above so much, reading a tree's factors from memory costs more than computing them: a third of a common last cache.
constexpr size_t kMostKeptBytes = 10 << 20;

}  // namespace

std::unique_ptr<Kernel> choose_kernel(const Forest& forest, const Choice& choice) {
  if (choice.method == "compact") return std::make_unique<QuadratureKernel>(forest, Factors::kComputed);
  if (choice.method == "auto") {
    auto compact = std::make_unique<QuadratureKernel>(forest, Factors::kComputed);
    if (compact->bytes_with_factors() > kMostKeptBytes) return compact;
  }
  return std::make_unique<QuadratureKernel>(forest, Factors::kKept);
}

}  // namespace tree_shap
