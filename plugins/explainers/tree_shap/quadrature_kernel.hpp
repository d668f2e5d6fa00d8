#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kernel.hpp"
#include "passes.hpp"
#include "path_program.hpp"

namespace tree_shap {

/// Path-dependent SHAP values by Gauss–Legendre quadrature: PathProgram states the formulas. For trees of any depth,
/// any number of features on a path, any shape.
class QuadratureKernel final : public Kernel {
 public:
  enum class Factors { kKept, kComputed };  ///< computed: for each row anew, by a smaller tree

  /// The forest must outlive the kernel.
  QuadratureKernel(const Forest& forest, Factors factors, const Passes& passes = tree_shap::passes().front());

  ~QuadratureKernel() override;

  void explain(const veleta::MatrixView& rows, std::span<double> values) const override;
  void interact(const veleta::MatrixView& rows, std::span<double> interactions) const override;
  std::vector<double> expected() const override { return forest_.expected(); }
  size_t bytes() const override { return bytes_; }
  size_t bytes_with_factors() const { return bytes_with_factors_; }  ///< that the kernel has or would have
  std::string name() const override;

 private:
  /// Trees in succession which add to one output, few enough to stay in the cache.
  struct Chunk {
    size_t output, begin, end;
  };

  class Block;

  void make_chunks();
  void explain_row(const float* row, std::span<double> values, double* sums, double* scratch) const;
  void explain_tiles(const veleta::MatrixView& rows, std::span<double> values) const;

  const Forest& forest_;
  Factors factors_;
  const Passes& passes_;
  std::vector<PathProgram> trees_;  ///< by output, in the model's order
  std::vector<Chunk> chunks_;
  size_t bytes_ = 0, bytes_with_factors_ = 0;
  bool tiles_ = true;  ///< whether rows walk in step: not where their scratch memory is too much
  size_t scratch_numbers_ = 0;

  struct Pairs;
  const Pairs& pairs() const;
  mutable std::once_flag pairs_once_;
  mutable std::unique_ptr<const Pairs> pairs_;  ///< made once, under pairs_once_: few ask for interactions
};

}  // namespace tree_shap
