#include "data/frozen_bins.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace veleta {

namespace {

/// So many numbers stay in a near cache while they are held against one group of edges after the other.
constexpr size_t kBlock = 4096;
/// Edges whose counts stay in registers together: those of deciles.
constexpr size_t kTogether = 9;
/// How far ahead numbers are asked for, which hides the memory behind the comparisons.
constexpr size_t kAhead = 512;
constexpr size_t kLineNumbers = 64 / sizeof(double);

/// The numbers from `begin` to `end` of all.
struct Block {
  std::span<const double> numbers;
  size_t begin = 0, end = 0;
};

/// The loops below must not wait for memory: they do too much between two loads for the processor to look so far.
inline void ask_ahead(std::span<const double> numbers, size_t at) {
  __builtin_prefetch(&numbers[std::min(at + kAhead, numbers.size() - 1)]);
}

/// Of a register's whole numbers.
template <typename Register>
uint64_t sum_of(const Register& counts) {
  std::array<uint64_t, sizeof(Register) / sizeof(uint64_t)> each{};
  std::memcpy(each.data(), &counts, sizeof(Register));
  return std::accumulate(each.begin(), each.end(), uint64_t{0});
}

/// Adds to above[i] how many numbers from `begin` to `end` exceed edges[i], and to `missing` how many are NaN.
void count_above(const Block& block, const double* edges, uint64_t* above, uint64_t& missing) {
  uint64_t counts[kTogether] = {}, missing_count = 0;
  for (const double number : block.numbers.subspan(block.begin, block.end - block.begin)) {
    for (size_t i = 0; i < kTogether; ++i) counts[i] += number > edges[i];
    missing_count += number != number;
  }
  for (size_t i = 0; i < kTogether; ++i) above[i] += counts[i];
  missing += missing_count;
}

using CountAbove = void (*)(const Block&, const double*, uint64_t*, uint64_t&);

#if defined(__x86_64__)
__attribute__((target("avx2"))) void count_above_avx2(const Block& block, const double* edges, uint64_t* above,
                                                      uint64_t& missing) {
  const auto& [numbers, begin, end] = block;
  __m256i counts[kTogether] = {}, missing_counts = {};
  size_t at = begin;
  for (; at + 4 <= end; at += 4) {
    if (at % kLineNumbers == 0) ask_ahead(numbers, at);
    const __m256d four = _mm256_loadu_pd(&numbers[at]);
#pragma GCC unroll 9
    for (size_t i = 0; i < kTogether; ++i) {
      const __m256d is_above = _mm256_cmp_pd(four, _mm256_broadcast_sd(&edges[i]), _CMP_GT_OQ);
      counts[i] = _mm256_sub_epi64(counts[i], _mm256_castpd_si256(is_above));  // what holds is -1
    }
    missing_counts = _mm256_sub_epi64(missing_counts, _mm256_castpd_si256(_mm256_cmp_pd(four, four, _CMP_UNORD_Q)));
  }
#pragma GCC unroll 9
  for (size_t i = 0; i < kTogether; ++i) above[i] += sum_of(counts[i]);
  missing += sum_of(missing_counts);
  count_above({numbers, at, end}, edges, above, missing);
}

__attribute__((target("avx512f"))) void count_above_avx512(const Block& block, const double* edges, uint64_t* above,
                                                           uint64_t& missing) {
  const auto& [numbers, begin, end] = block;
  const __m512i one = _mm512_set1_epi64(1);
  __m512i counts[kTogether] = {}, missing_counts = {};
  size_t at = begin;
  for (; at + 8 <= end; at += 8) {
    ask_ahead(numbers, at);
    const __m512d eight = _mm512_loadu_pd(&numbers[at]);
#pragma GCC unroll 9
    for (size_t i = 0; i < kTogether; ++i) {
      const __mmask8 are_above = _mm512_cmp_pd_mask(eight, _mm512_set1_pd(edges[i]), _CMP_GT_OQ);
      counts[i] = _mm512_mask_add_epi64(counts[i], are_above, counts[i], one);
    }
    const __mmask8 are_missing = _mm512_cmp_pd_mask(eight, eight, _CMP_UNORD_Q);
    missing_counts = _mm512_mask_add_epi64(missing_counts, are_missing, missing_counts, one);
  }
#pragma GCC unroll 9
  for (size_t i = 0; i < kTogether; ++i) above[i] += sum_of(counts[i]);
  missing += sum_of(missing_counts);
  count_above({numbers, at, end}, edges, above, missing);
}

CountAbove fastest_count() {
  if (__builtin_cpu_supports("avx512f")) return &count_above_avx512;
  return __builtin_cpu_supports("avx2") ? &count_above_avx2 : &count_above;
}
#else
CountAbove fastest_count() { return &count_above; }
#endif

}  // namespace

BinnedRows count_in_bins(std::span<const double> numbers, std::span<const double> edges) {
  const CountAbove count = fastest_count();
  const size_t groups = std::max<size_t>(1, (edges.size() + kTogether - 1) / kTogether);
  std::vector<double> grouped_edges(edges.begin(), edges.end());
  grouped_edges.resize(groups * kTogether, std::numeric_limits<double>::infinity());  // which no number exceeds
  std::vector<uint64_t> above(grouped_edges.size()), missing(groups);                 // each group counts all missing
  for (size_t begin = 0; begin < numbers.size(); begin += kBlock)
    for (size_t group = 0; group < groups; ++group)
      count({numbers, begin, std::min(begin + kBlock, numbers.size())}, &grouped_edges[group * kTogether],
            &above[group * kTogether], missing[group]);

  BinnedRows binned;
  binned.missing_count = static_cast<double>(missing.front());
  uint64_t left = numbers.size() - missing.front();
  for (size_t i = 0; i < edges.size(); ++i) {
    binned.rows.push_back(static_cast<double>(left - above[i]));
    left = above[i];
  }
  binned.rows.push_back(static_cast<double>(left));
  return binned;
}

}  // namespace veleta
