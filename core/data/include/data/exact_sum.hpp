#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "data/order_key.hpp"

namespace veleta {

/// A sum without rounding: a whole number of up to 4351 bits and a sign, wide enough for 2^64 squares of any doubles
/// in units of the least of them, 2^-2148. Order and grouping of what is added do not show in it.
class WideInteger {
 public:
  __extension__ using Uint128 = unsigned __int128;

  /// Adds ±magnitude * 2^shift; shift + 128 is at most 4288.
  void add(Uint128 magnitude, size_t shift, bool negative);
  void add(const WideInteger& other);

  bool is_negative() const { return static_cast<int64_t>(limbs_.back()) < 0; }
  /// Bytes of the absolute value, the lowest first, without zeros at the high end.
  std::string magnitude() const;
  /// The number of such bytes, at most kLargestMagnitude_bytes of them.
  static WideInteger of(std::string_view magnitude, bool negative);
  static constexpr size_t kLargestMagnitude_bytes = 536;

  bool operator==(const WideInteger&) const = default;

 private:
  static constexpr size_t kLimbs = 68;
  void negate();

  std::array<uint64_t, kLimbs> limbs_{};  ///< two's complement, the lowest first
};

/// Of order keys (see order_key) that share sign and binary exponent: what adds up to their numbers' moments. Holds
/// kMostKeys keys at most.
struct KeySums {
  static constexpr size_t kMostKeys = size_t{1} << 22;  ///< so many squares of 106 bits are a number of 128

  void add(uint64_t key) {
    const uint64_t fraction = key & kFraction;
    fractions += fraction;
    squares += WideInteger::Uint128{fraction} * fraction;
  }

  static constexpr uint64_t kFraction = (uint64_t{1} << kKeyFractionBits) - 1;
  WideInteger::Uint128 fractions = 0, squares = 0;
};

/// Sum and sum of squares of finite numbers, exact (after Neal, "Fast exact summation using small and large
/// superaccumulators", 2015; with squares beside). What is made of them is rounded once.
class ExactMoments {
 public:
  /// Adds `rows` times the value.
  void add(double value, uint64_t rows);
  /// Adds the numbers of `count` order keys that have this exponent_of_key.
  void add(size_t exponent, uint64_t count, const KeySums& keys);
  void add(const ExactMoments& other);

  /// Of so many values: what was added. The double nearest to the mean (of a subnormal mean, one of the two nearest);
  /// of none 0.
  double mean(uint64_t count) const;
  /// With count - 1 in the divisor; 0 of fewer than two. The variance is exact until it is rounded to a double's
  /// precision, for its root to be taken.
  double standard_deviation(uint64_t count) const;
  /// Whether `count` numbers from `minimum` to `maximum` can have these sums.
  bool is_possible(uint64_t count, double minimum, double maximum) const;

  /// In units of 2^-1074, the least double.
  const WideInteger& sum() const { return sum_; }
  /// In units of 2^-2148.
  const WideInteger& squares() const { return squares_; }
  static ExactMoments of(const WideInteger& sum, const WideInteger& squares);

  bool operator==(const ExactMoments&) const = default;

 private:
  WideInteger sum_, squares_;
};

}  // namespace veleta
