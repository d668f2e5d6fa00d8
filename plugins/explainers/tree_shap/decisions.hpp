#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forest.hpp"

namespace tree_shap {

/// A forest's conditions, laid out so that a row is compared with 64 of them at a time. The n-th inner node of a tree,
/// level by level, is bit n % 64 of the tree's word n / 64; it is set if the row goes left there.
class Decisions {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  /// Keeps `forest`, which must outlive it.
  explicit Decisions(const Forest& forest);

  /// First of the words of `tree`; for the number of trees, how many words there are.
  uint32_t first_word(size_t tree) const { return first_word_[tree]; }
  uint32_t words() const { return first_word_.back(); }
  /// The bit of each node among those of `tree`; kNone for leaves.
  std::vector<uint32_t> bits(const Tree& tree) const;

  /// Fills words `begin` to `end` of a row, whose missing values are NaN.
  void decide(const float* row, uint32_t begin, uint32_t end, uint64_t* words) const;

  size_t bytes() const { return words() * (64 * (sizeof(int32_t) + sizeof(float)) + sizeof(uint64_t)); }

 private:
  /// A node which splits on categories, and its bit.
  struct Category {
    uint32_t word, bit;
    Node node;
  };
  void append(const Tree& tree);

  const Forest& forest_;
  std::vector<uint32_t> first_word_;
  std::vector<int32_t> features_;   ///< 64 a word
  std::vector<float> thresholds_;   ///< 64 a word; nothing is below those that stand for no node or for categories
  std::vector<uint64_t> defaults_;  ///< one a word: where a missing value goes left
  std::vector<Category> categories_;
};

/// Of each of `masks` and the word it is for, the word's bits that the mask has, next to each other from the lowest on:
/// at most 32. The words of `rows` rows stand word by word, and what is extracted mask by mask.
void extract_bits(const uint64_t* words, size_t rows, std::span<const uint32_t> word_of,
                  std::span<const uint64_t> masks, uint32_t* extracted);

}  // namespace tree_shap
