#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace masking {

/// A whole number below `bound`, each as likely; the same on every machine, which std::uniform_int_distribution is not.
inline uint64_t random_below(std::mt19937_64& random, uint64_t bound) {
  const uint64_t too_many = -bound % bound;  // 2^64 modulo bound: as many numbers are left out
  uint64_t drawn = random();
  while (drawn < too_many) drawn = random();
  return drawn % bound;
}

/// Draws the first `count` places of a random order of `items` (Fisher and Yates).
template <typename Item>
void draw(std::mt19937_64& random, std::span<Item> items, size_t count) {
  for (size_t i = 0; i < count && i + 1 < items.size(); ++i)
    std::swap(items[i], items[i + random_below(random, items.size() - i)]);
}

}  // namespace masking
