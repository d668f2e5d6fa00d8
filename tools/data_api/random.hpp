#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace veleta::data_api {

/// Mixes a number into a seed: the finaliser of splitmix64 (Steele, Lea, Flood 2014).
constexpr uint64_t mix(uint64_t seed, uint64_t number) {
  uint64_t bits = seed + 0x9E3779B97F4A7C15u * (number + 1);
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
  return bits ^ (bits >> 31);
}

/// Random numbers by xoshiro256++ (Blackman, Vigna 2019). The same seed gives the same numbers. Not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t i = 0; i < 4; ++i) state_[i] = mix(seed, i);
  }

  uint64_t bits() {
    const uint64_t result = rotated(state_[0] + state_[3], 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotated(state_[3], 45);
    return result;
  }

  /// In [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  /// In 0 … bound - 1, by multiplication: biased by less than bound / 2^32.
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(((bits() >> 32) * bound) >> 32); }

  bool chance(double probability) { return uniform() < probability; }

  /// With mean 1.
  double exponential() { return -std::log1p(-uniform()); }

  /// Standard normal, by Box and Muller; two come at a time.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(2 * exponential());
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  static uint64_t rotated(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

  uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

/// Picks an index with a probability proportional to its weight, in constant time (Vose 1991).
class WeightedChoice {
 public:
  explicit WeightedChoice(const std::vector<double>& weights);
  uint32_t pick(Random& random) const;

 private:
  std::vector<float> keep_;      ///< probability that the slot's own index stays
  std::vector<uint32_t> other_;  ///< the index taken otherwise
};

}  // namespace veleta::data_api
