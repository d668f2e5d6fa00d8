#pragma once

#include <span>

#include "decisions.hpp"
#include "path.hpp"

namespace tree_shap {

/// The rows whose values a feature takes when it is not known, as far as a forest can tell them apart. The order in
/// which they come, and how often all of them come, changes nothing.
class Background {
 public:
  /// Copies what it keeps. Throws kUnsupported if there are no rows, kInvalidArgument for rows of another width.
  Background(const Forest& forest, const Decisions& decisions, const veleta::MatrixView& rows);

  size_t distinct() const { return weights_.size(); }
  /// The row's words of Decisions.
  const uint64_t* words(size_t row) const { return words_.data() + row * words_a_row_; }
  /// The share of all rows that are this one; they sum to 1.
  double weight(size_t row) const { return weights_[row]; }
  double count(size_t row) const { return counts_[row]; }  ///< of rows that are this one
  double rows() const { return rows_; }                    ///< altogether

  /// Of each pattern on `path`, which has few features, the share of rows that have it. `first_word`: the tree's.
  void pattern_weights(const Path& path, uint32_t first_word, std::span<double> weights) const;

  size_t bytes() const { return words_.size() * sizeof(uint64_t) + weights_.size() * 2 * sizeof(double); }

 private:
  size_t words_a_row_;
  double rows_;
  std::vector<uint64_t> words_;
  std::vector<double> counts_, weights_;
};

}  // namespace tree_shap
