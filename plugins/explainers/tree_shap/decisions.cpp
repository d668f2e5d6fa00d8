#include "decisions.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tree_shap {
namespace {

constexpr uint32_t kWordBits = 64;

/// The conditions of one word.
struct Conditions {
  const int32_t* features;
  const float* thresholds;
  uint64_t defaults;
};

uint64_t compare(const float* row, const Conditions& word) {
  uint64_t left = 0, missing = 0;
  for (uint32_t bit = 0; bit < kWordBits; ++bit) {
    const float x = row[word.features[bit]];
    left |= static_cast<uint64_t>(x < word.thresholds[bit]) << bit;
    missing |= static_cast<uint64_t>(std::isnan(x)) << bit;
  }
  return left | (missing & word.defaults);
}

uint32_t extract(uint64_t word, uint64_t mask) {
  uint32_t extracted = 0;
  for (uint32_t bit = 0; mask != 0; ++bit, mask &= mask - 1)
    extracted |= static_cast<uint32_t>(word >> std::countr_zero(mask) & 1) << bit;
  return extracted;
}

void extract_all(const uint64_t* words, size_t rows, std::span<const uint32_t> word_of, std::span<const uint64_t> masks,
                 uint32_t* extracted) {
  for (size_t i = 0; i < masks.size(); ++i)
    for (size_t row = 0; row < rows; ++row) *extracted++ = extract(words[word_of[i] * rows + row], masks[i]);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) uint64_t compare_avx2(const float* row, const Conditions& word) {
  uint64_t left = 0, missing = 0;
  for (uint32_t bit = 0; bit < kWordBits; bit += 8) {
    const __m256i features = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(word.features + bit));
    const __m256 x = _mm256_i32gather_ps(row, features, sizeof(float));
    const __m256 thresholds = _mm256_loadu_ps(word.thresholds + bit);
    left |= uint64_t{static_cast<uint8_t>(_mm256_movemask_ps(_mm256_cmp_ps(x, thresholds, _CMP_LT_OQ)))} << bit;
    missing |= uint64_t{static_cast<uint8_t>(_mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)))} << bit;
  }
  return left | (missing & word.defaults);
}

__attribute__((target("avx512f"))) uint64_t compare_avx512(const float* row, const Conditions& word) {
  uint64_t left = 0, missing = 0;
  for (uint32_t bit = 0; bit < kWordBits; bit += 16) {
    const __m512i features = _mm512_loadu_si512(word.features + bit);
    // Masked, of zeros: GCC 12 takes the plain one's destination for a variable that was never set.
    const __m512 x = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), 0xffff, features, row, sizeof(float));
    const __m512 thresholds = _mm512_loadu_ps(word.thresholds + bit);
    left |= uint64_t{_mm512_cmp_ps_mask(x, thresholds, _CMP_LT_OQ)} << bit;
    missing |= uint64_t{_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q)} << bit;
  }
  return left | (missing & word.defaults);
}

__attribute__((target("bmi2"))) void extract_all_bmi2(const uint64_t* words, size_t rows,
                                                      std::span<const uint32_t> word_of,
                                                      std::span<const uint64_t> masks, uint32_t* extracted) {
  for (size_t i = 0; i < masks.size(); ++i)
    for (size_t row = 0; row < rows; ++row)
      *extracted++ = static_cast<uint32_t>(_pext_u64(words[word_of[i] * rows + row], masks[i]));
}

const auto kCompare = __builtin_cpu_supports("avx512f") ? compare_avx512
                      : __builtin_cpu_supports("avx2")  ? compare_avx2
                                                        : compare;
const auto kExtractAll = __builtin_cpu_supports("bmi2") ? extract_all_bmi2 : extract_all;

#else

constexpr auto kCompare = compare;
constexpr auto kExtractAll = extract_all;

#endif

}  // namespace

Decisions::Decisions(const Forest& forest) : forest_(forest), first_word_{0} {
  for (const Tree& tree : forest.trees) append(tree);
}

void Decisions::append(const Tree& tree) {
  const size_t begin = features_.size();
  size_t end = begin;
  for (const Node& node : tree.nodes) {
    if (node.is_leaf()) continue;
    if (end == features_.size()) {
      features_.resize(end + kWordBits, 0);
      thresholds_.resize(end + kWordBits, -std::numeric_limits<float>::infinity());
      defaults_.push_back(0);
    }
    const auto word = static_cast<uint32_t>(end / kWordBits), bit = static_cast<uint32_t>(end % kWordBits);
    if (node.categories != 0) {
      categories_.push_back({word, bit, node});
    } else {
      features_[end] = node.feature;
      thresholds_[end] = node.threshold;
      defaults_[word] |= uint64_t{node.default_left} << bit;
    }
    ++end;
  }
  first_word_.push_back(static_cast<uint32_t>(defaults_.size()));
}

std::vector<uint32_t> Decisions::bits(const Tree& tree) const {
  std::vector<uint32_t> bits;
  bits.reserve(tree.nodes.size());
  uint32_t next = 0;
  for (const Node& node : tree.nodes) bits.push_back(node.is_leaf() ? kNone : next++);
  return bits;
}

void Decisions::decide(const float* row, uint32_t begin, uint32_t end, uint64_t* words) const {
  for (uint32_t word = begin; word < end; ++word)
    words[word - begin] =
        kCompare(row, {&features_[size_t{word} * kWordBits], &thresholds_[size_t{word} * kWordBits], defaults_[word]});
  if (categories_.empty()) return;
  const auto first = std::ranges::lower_bound(categories_, begin, {}, &Category::word);
  for (auto one = first; one != categories_.end() && one->word < end; ++one)
    words[one->word - begin] |= uint64_t{forest_.goes_left(one->node, row[one->node.feature])} << one->bit;
}

void extract_bits(const uint64_t* words, size_t rows, std::span<const uint32_t> word_of,
                  std::span<const uint64_t> masks, uint32_t* extracted) {
  kExtractAll(words, rows, word_of, masks, extracted);
}

}  // namespace tree_shap
