#include "sorted_numbers.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace veleta {

namespace {

constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;

/// One pass of a radix sort: orders `keys` stably by the digit at `shift`. A digit that all keys share costs one look.
void sort_by_digit(std::vector<uint64_t>& keys, std::vector<uint64_t>& scratch, int shift) {
  const auto digit = [shift](uint64_t key) { return (key >> shift) & (kDigits - 1); };
  std::array<size_t, kDigits> place{};
  for (const uint64_t key : keys) ++place[digit(key)];
  if (place[digit(keys[0])] == keys.size()) return;
  size_t total = 0;
  for (size_t& count : place) total += std::exchange(count, total);
  for (const uint64_t key : keys) scratch[place[digit(key)]++] = key;
  keys.swap(scratch);
}

}  // namespace

std::vector<double> sorted_present(const std::vector<double>& values) {
  std::vector<uint64_t> keys;
  keys.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) keys.push_back(order_key(value));
  std::vector<uint64_t> scratch(keys.size());
  for (int shift = 0; shift < 64 && !keys.empty(); shift += kDigitBits) sort_by_digit(keys, scratch, shift);

  std::vector<double> sorted(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) sorted[i] = from_order_key(keys[i]);
  return sorted;
}

}  // namespace veleta
