#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace veleta {

/// A whole number that orders as the doubles do: negative numbers below positive ones, -0 below 0.
inline uint64_t order_key(double number) {
  const auto bits = std::bit_cast<uint64_t>(number);
  return bits >> 63 ? ~bits : bits | (uint64_t{1} << 63);
}

/// The double of an order_key.
inline double from_order_key(uint64_t key) {
  return std::bit_cast<double>(key >> 63 ? key & ~(uint64_t{1} << 63) : ~key);
}

/// The values that are not NaN, ascending.
std::vector<double> sorted_present(const std::vector<double>& values);

}  // namespace veleta
