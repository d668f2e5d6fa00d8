#include "number_accumulator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "data/order_key.hpp"
#include "number_blocks.hpp"

namespace veleta {

namespace {

/// So many keys and as much scratch fit the second-level cache, and outnumber the cells that they are merged into.
constexpr size_t kMostPending = size_t{1} << 18;
constexpr size_t kFewPending = size_t{1} << 16;  ///< not worth a merge yet
constexpr size_t kChunk = 512;
constexpr double kLargest = std::numeric_limits<double>::max();

/// Writes the keys of all numbers, and returns how many of those are none of a finite number.
__attribute__((always_inline)) inline size_t write_keys_of(std::span<const double> numbers, uint64_t* keys) {
  size_t others = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    others += !(std::fabs(numbers[i]) <= kLargest);
    keys[i] = order_key(numbers[i] + 0.0);  // -0 becomes 0
  }
  return others;
}

using WriteKeys = size_t (*)(std::span<const double>, uint64_t*);

size_t write_keys(std::span<const double> numbers, uint64_t* keys) { return write_keys_of(numbers, keys); }

#if defined(__x86_64__)
__attribute__((target("avx2"))) size_t write_keys_avx2(std::span<const double> numbers, uint64_t* keys) {
  return write_keys_of(numbers, keys);
}

__attribute__((target("avx512f"))) size_t write_keys_avx512(std::span<const double> numbers, uint64_t* keys) {
  return write_keys_of(numbers, keys);
}

WriteKeys fastest_write_keys() {
  if (__builtin_cpu_supports("avx512f")) return &write_keys_avx512;
  return __builtin_cpu_supports("avx2") ? &write_keys_avx2 : &write_keys;
}
#else
WriteKeys fastest_write_keys() { return &write_keys; }
#endif

/// The numbers are asked for from memory while those before them are worked on.
void ask_for(std::span<const double> numbers) {
  constexpr size_t kLineNumbers = 64 / sizeof(double);
  for (size_t i = 0; i < numbers.size(); i += kLineNumbers) __builtin_prefetch(&numbers[i]);
}

}  // namespace

void NumberAccumulator::add(std::span<const double> numbers) {
  while (!numbers.empty()) {
    const size_t taken = std::min({numbers.size(), kChunk, kMostPending - pending_count_});
    const std::span<const double> chunk = numbers.first(taken);
    numbers = numbers.subspan(taken);
    ask_for(numbers.first(std::min(numbers.size(), kChunk)));
    append(chunk);
    if (pending_count_ == kMostPending) flush();
  }
  if (pending_count_ >= kFewPending) flush();
  if (pending_.size() > 2 * kFewPending) {  // of many columns at once
    pending_.resize(pending_count_);
    pending_.shrink_to_fit();
  }
}

void NumberAccumulator::finish() {
  flush();
  pending_ = {};
}

/// A chunk of finite numbers, as most are, is done at once; another is gone through again, number by number.
void NumberAccumulator::append(std::span<const double> numbers) {
  static const WriteKeys write_all = fastest_write_keys();
  if (pending_.size() < pending_count_ + numbers.size())
    pending_.resize(std::min(kMostPending, 2 * (pending_count_ + numbers.size())));
  uint64_t* out = pending_.data() + pending_count_;
  const size_t others = write_all(numbers, out);
  if (others > 0)
    for (const double number : numbers) {
      const double size = std::fabs(number);
      *out = order_key(number + 0.0);
      out += size <= kLargest;  // what is not kept is written over by the next
      infinity_count_ += size > kLargest;
    }
  pending_count_ += numbers.size() - others;
  row_count_ += numbers.size() - others;
}

void NumberAccumulator::flush() {
  if (pending_count_ == 0) return;
  static thread_local NumberBlocks blocks;
  const std::span<uint64_t> keys = std::span(pending_).first(pending_count_);
  const double largest = from_order_key(*std::ranges::max_element(keys));
  maximum_ = std::fmax(maximum_, largest);
  NumberCells made = with_few_cells(blocks.cells_of(keys, cells_.precision_bits, moments_));
  cells_ = cells_.least.empty() ? std::move(made) : merged(cells_, made);
  pending_count_ = 0;
}

}  // namespace veleta
