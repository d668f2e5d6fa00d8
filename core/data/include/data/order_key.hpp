#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace veleta {

/// A whole number that orders as the doubles do: negative numbers below positive ones, -0 below 0.
inline uint64_t order_key(double number) {
  const auto bits = std::bit_cast<uint64_t>(number);
  return bits ^ (-(bits >> 63) | uint64_t{1} << 63);
}

/// An order key begins with what numbers of one sign and binary exponent share; these bits follow.
constexpr int kKeyFractionBits = 52;
constexpr size_t kExponents = size_t{1} << (64 - kKeyFractionBits);

/// That beginning: less than kExponents.
inline size_t exponent_of_key(uint64_t key) { return key >> kKeyFractionBits; }

/// The double of an order_key.
inline double from_order_key(uint64_t key) {
  return std::bit_cast<double>(key ^ (((key >> 63) - 1) | uint64_t{1} << 63));
}

}  // namespace veleta
