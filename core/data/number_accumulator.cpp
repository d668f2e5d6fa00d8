#include "number_accumulator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "cell_tallies.hpp"
#include "data/order_key.hpp"

namespace veleta {

namespace {

constexpr size_t kFewPending = size_t{1} << 16;  ///< not worth a block yet
constexpr size_t kLeastBlock = size_t{1} << 18;  ///< outnumbers the cells that its own are merged into
constexpr size_t kChunk = 512;
constexpr double kLargest = std::numeric_limits<double>::max();

struct WrittenKeys {
  size_t others = 0;  ///< of those written: keys of no finite number
  uint64_t greatest = 0;
};

/// Writes the keys of all numbers.
__attribute__((always_inline)) inline WrittenKeys write_keys_of(std::span<const double> numbers, uint64_t* keys) {
  WrittenKeys written;
  for (size_t i = 0; i < numbers.size(); ++i) {
    written.others += !(std::fabs(numbers[i]) <= kLargest);
    keys[i] = order_key(numbers[i] + 0.0);  // -0 becomes 0
    written.greatest = std::max(written.greatest, keys[i]);
  }
  return written;
}

using WriteKeys = WrittenKeys (*)(std::span<const double>, uint64_t*);

WrittenKeys write_keys(std::span<const double> numbers, uint64_t* keys) { return write_keys_of(numbers, keys); }

#if defined(__x86_64__)
__attribute__((target("avx2"))) WrittenKeys write_keys_avx2(std::span<const double> numbers, uint64_t* keys) {
  return write_keys_of(numbers, keys);
}

__attribute__((target("avx512f"))) WrittenKeys write_keys_avx512(std::span<const double> numbers, uint64_t* keys) {
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
  if (pending_.size() + numbers.size() < kFewPending)
    keep(numbers);
  else
    count(numbers);
}

void NumberAccumulator::finish() {
  if (!pending_.empty()) count({});
  pending_ = {};
}

std::span<const uint64_t> NumberAccumulator::keys_of(std::span<const double> numbers, std::span<uint64_t> room) {
  static const WriteKeys write_all = fastest_write_keys();
  WrittenKeys written = write_all(numbers, room.data());
  if (written.others > 0) {
    written.greatest = 0;
    uint64_t* out = room.data();
    for (const double number : numbers) {
      const bool is_finite = std::fabs(number) <= kLargest;
      *out = order_key(number + 0.0);
      if (is_finite) written.greatest = std::max(written.greatest, *out);
      out += is_finite;  // what is not kept is written over by the next
      infinity_count_ += std::isinf(number);
    }
  }
  const size_t count = numbers.size() - written.others;
  row_count_ += count;
  if (count > 0) maximum_ = std::fmax(maximum_, from_order_key(written.greatest));
  return room.first(count);
}

void NumberAccumulator::keep(std::span<const double> numbers) {
  const size_t kept = pending_.size();
  pending_.resize(kept + numbers.size());
  pending_.resize(kept + keys_of(numbers, std::span(pending_).subspan(kept)).size());
}

void NumberAccumulator::count(std::span<const double> numbers) {
  static thread_local CellTallies block;
  const auto begin_block = [&] {
    block.begin(cells_.precision_bits, std::clamp<size_t>(row_count_, kLeastBlock, KeySums::kMostKeys));
  };
  const auto end_block = [&] {
    NumberCells made = with_few_cells(block.finish(moments_));
    cells_ = cells_.least.empty() ? std::move(made) : merged(cells_, made);
  };
  begin_block();
  block.add(pending_);
  pending_.clear();
  std::array<uint64_t, kChunk> room;
  while (!numbers.empty()) {
    if (block.room() < kChunk) {
      end_block();
      begin_block();
    }
    const std::span<const double> chunk = numbers.first(std::min(numbers.size(), kChunk));
    numbers = numbers.subspan(chunk.size());
    ask_for(numbers.first(std::min(numbers.size(), kChunk)));
    block.add(keys_of(chunk, room));
  }
  end_block();
}

}  // namespace veleta
