#pragma once

#include <memory>
#include <string>

#include "kernel.hpp"

namespace tree_shap {

struct Forest;

/// What the user asks for.
struct Choice {
  std::string method;        ///< "auto", "table", "quadrature" or "compact"
  std::string perturbation;  ///< "path_dependent" or "interventional"
  size_t memory_bytes;       ///< at most, of tables
};

/// The kernel that explains `forest`, which must outlive it. Throws kUnsupported where the method that is asked for
/// does not do for this model.
std::unique_ptr<Kernel> choose_kernel(const Forest& forest, const Choice& choice);

}  // namespace tree_shap
