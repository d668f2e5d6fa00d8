#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace veleta::rows {

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers everywhere.
class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

/// The numbers from `first` on, `count` of them, in an order that nothing in the data has a part in (Fisher and Yates).
inline std::vector<size_t> shuffled(size_t first, size_t count, uint64_t seed) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), first);
  SplitMix random(seed);
  for (size_t left = count; left > 1; --left)
    std::swap(order[left - 1], order[static_cast<size_t>(random.uniform() * static_cast<double>(left))]);
  return order;
}

}  // namespace veleta::rows
