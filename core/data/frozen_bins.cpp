#include "data/frozen_bins.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace veleta {

namespace {

/// So many numbers stay in the first-level cache while they are held against one edge after the other.
constexpr size_t kBlock = 1024;

/// Adds to above[i] how many numbers exceed edges[i], for kCount edges whose counts stay in registers.
template <size_t kCount>
__attribute__((always_inline)) inline void count_above_some(std::span<const double> numbers, const double* edges,
                                                            uint64_t* above) {
  uint64_t counts[kCount] = {};
  for (const double number : numbers)
    for (size_t i = 0; i < kCount; ++i) counts[i] += number > edges[i];
  for (size_t i = 0; i < kCount; ++i) above[i] += counts[i];
}

/// Adds to above[i] how many numbers exceed edges[i], and to `missing` how many are NaN.
__attribute__((always_inline)) inline void count_above(std::span<const double> numbers, std::span<const double> edges,
                                                       uint64_t* above, uint64_t& missing) {
  constexpr size_t kTogether = 9;  // the edges of deciles
  size_t i = 0;
  for (; i + kTogether <= edges.size(); i += kTogether) count_above_some<kTogether>(numbers, &edges[i], above + i);
  for (; i < edges.size(); ++i) count_above_some<1>(numbers, &edges[i], above + i);
  uint64_t count = 0;
  for (const double number : numbers) count += number != number;
  missing += count;
}

using CountAbove = void (*)(std::span<const double>, std::span<const double>, uint64_t*, uint64_t&);

void count_above_plainly(std::span<const double> numbers, std::span<const double> edges, uint64_t* above,
                         uint64_t& missing) {
  count_above(numbers, edges, above, missing);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void count_above_avx2(std::span<const double> numbers, std::span<const double> edges,
                                                      uint64_t* above, uint64_t& missing) {
  count_above(numbers, edges, above, missing);
}

__attribute__((target("avx512f"))) void count_above_avx512(std::span<const double> numbers,
                                                           std::span<const double> edges, uint64_t* above,
                                                           uint64_t& missing) {
  count_above(numbers, edges, above, missing);
}

CountAbove fastest_count() {
  if (__builtin_cpu_supports("avx512f")) return &count_above_avx512;
  return __builtin_cpu_supports("avx2") ? &count_above_avx2 : &count_above_plainly;
}
#else
CountAbove fastest_count() { return &count_above_plainly; }
#endif

}  // namespace

BinnedRows count_in_bins(std::span<const double> numbers, std::span<const double> edges) {
  const CountAbove count = fastest_count();
  std::vector<uint64_t> above(edges.size());
  uint64_t missing = 0;
  for (size_t begin = 0; begin < numbers.size(); begin += kBlock)
    count(numbers.subspan(begin, std::min(kBlock, numbers.size() - begin)), edges, above.data(), missing);

  BinnedRows binned;
  binned.missing_count = static_cast<double>(missing);
  uint64_t left = numbers.size() - missing;
  for (const uint64_t further : above) {
    binned.rows.push_back(static_cast<double>(left - further));
    left = further;
  }
  binned.rows.push_back(static_cast<double>(left));
  return binned;
}

}  // namespace veleta
