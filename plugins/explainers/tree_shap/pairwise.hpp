#pragma once

#include "background.hpp"
#include "kernel.hpp"

namespace tree_shap {

/// Interventional values, background row by background row. Needs no memory to speak of and knows no limit; a row costs
/// as much as there are background rows that the trees tell apart.
class Pairwise final : public Kernel {
 public:
  /// All must outlive it.
  Pairwise(const Forest& forest, const Decisions& decisions, const Background& background);

  void explain(const veleta::MatrixView& rows, std::span<double> values) const override;
  void interact(const veleta::MatrixView& rows, std::span<double> interactions) const override;
  std::vector<double> expected() const override;
  size_t bytes() const override { return decisions_.bytes() + background_.bytes(); }
  std::string name() const override;

  /// Adds the attributions, outputs * columns, of the row with these words beside one background row.
  void explain_beside(size_t background_row, const uint64_t* words, double weight, double* values) const;
  /// What the trees of each output add up to for a row with these words.
  std::vector<double> sums(const uint64_t* words) const;

  const std::vector<uint32_t>& bits(size_t tree) const { return bits_[tree]; }

 private:
  const Forest& forest_;
  const Decisions& decisions_;
  const Background& background_;
  std::vector<std::vector<uint32_t>> bits_;  ///< by tree and node
};

}  // namespace tree_shap
