#include "cell_sorter.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "data/order_key.hpp"

namespace veleta {

namespace {

constexpr int kMostDigitBits = 11;
constexpr size_t kSmallGroup = 256;

uint64_t varying_bits(std::span<const uint64_t> keys) {
  uint64_t varying = 0;
  for (const uint64_t key : keys) varying |= key ^ keys.front();
  return varying;
}

}  // namespace

void CellSorter::group_by_exponent(std::span<const uint64_t> keys) {
  group_ends_.assign(kExponents, 0);
  for (const uint64_t key : keys) ++group_ends_[exponent_of_key(key)];
  uint32_t total = 0;
  for (uint32_t& count : group_ends_) total += std::exchange(count, total);
  if (grouped_.size() < keys.size()) grouped_.resize(keys.size());
  for (const uint64_t key : keys) grouped_[group_ends_[exponent_of_key(key)]++] = key;
}

/// A radix sort, from the lowest digit; bits below `begin_bit`, and those that are the same in all, do not matter.
void CellSorter::sort_group(std::span<uint64_t> keys, int begin_bit) {
  if (keys.size() < kSmallGroup) {
    std::sort(keys.begin(), keys.end());
    return;
  }
  const uint64_t varying = varying_bits(keys) >> begin_bit << begin_bit;
  if (varying == 0) return;
  const int end = 64 - std::countl_zero(varying);
  if (scratch_.size() < keys.size()) scratch_.resize(keys.size());
  std::span<uint64_t> from = keys, to = std::span(scratch_).first(keys.size());
  for (int shift = std::countr_zero(varying), bits = 0; shift < end; shift += bits) {
    bits = std::min(kMostDigitBits, end - shift);
    const uint64_t mask = (uint64_t{1} << bits) - 1;
    std::array<uint32_t, size_t{1} << kMostDigitBits> place{};
    for (const uint64_t key : from) ++place[key >> shift & mask];
    uint32_t total = 0;
    for (uint32_t& count : place) total += std::exchange(count, total);
    for (const uint64_t key : from) to[place[key >> shift & mask]++] = key;
    std::swap(from, to);
  }
  if (from.data() != keys.data()) std::ranges::copy(from, keys.begin());
}

/// Of sorted keys, whose order below `begin_bit` is any.
void CellSorter::scan_group(std::span<const uint64_t> keys, int begin_bit, NumberCells& to) {
  for (size_t i = 0; i < keys.size();) {
    const size_t begin = i;
    uint64_t least = keys[i], greatest = keys[i];
    for (; i < keys.size() && keys[i] >> begin_bit == keys[begin] >> begin_bit; ++i) {
      least = std::min(least, keys[i]);
      greatest = std::max(greatest, keys[i]);
    }
    to.append(from_order_key(least), static_cast<double>(i - begin), least != greatest);
  }
}

NumberCells CellSorter::cells_of(std::span<const uint64_t> keys, int precision_bits, ExactMoments& moments) {
  NumberCells made;
  made.precision_bits = precision_bits;
  group_by_exponent(keys);
  const int begin_bit = 64 - precision_bits;
  size_t begin = 0;
  for (const uint32_t end : group_ends_) {
    if (end == begin) continue;
    const std::span<uint64_t> group(grouped_.data() + begin, end - begin);
    begin = end;
    KeySums sums;
    for (const uint64_t key : group) sums.add(key);
    moments.add(exponent_of_key(group.front()), group.size(), sums);
    sort_group(group, begin_bit);
    scan_group(group, begin_bit, made);
  }
  return made;
}

}  // namespace veleta
