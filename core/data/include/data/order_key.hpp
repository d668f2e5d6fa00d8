#pragma once

#include <bit>
#include <cstdint>

namespace veleta {

/// A whole number that orders as the doubles do: negative numbers below positive ones, -0 below 0.
inline uint64_t order_key(double number) {
  const auto bits = std::bit_cast<uint64_t>(number);
  return bits ^ (-(bits >> 63) | uint64_t{1} << 63);
}

/// The double of an order_key.
inline double from_order_key(uint64_t key) {
  return std::bit_cast<double>(key ^ (((key >> 63) - 1) | uint64_t{1} << 63));
}

}  // namespace veleta
