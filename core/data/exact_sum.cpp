#include "data/exact_sum.hpp"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <utility>

#include "data/order_key.hpp"

namespace veleta {

namespace {

using Integer = boost::multiprecision::cpp_int;
using Uint128 = WideInteger::Uint128;

constexpr int kMantissaBits = 52;
constexpr int kUnitExponent = -1074;

/// A finite double as ±mantissa * 2^(shift - 1074).
struct Parts {
  uint64_t mantissa;
  uint32_t shift;
  bool negative;

  explicit Parts(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    const auto exponent = static_cast<uint32_t>(bits >> kMantissaBits & 0x7FF);
    const uint64_t fraction = bits & ((uint64_t{1} << kMantissaBits) - 1);
    mantissa = exponent > 0 ? fraction | uint64_t{1} << kMantissaBits : fraction;
    shift = exponent > 0 ? exponent - 1 : 0;
    negative = bits >> 63;
  }
};

Integer to_integer(const WideInteger& wide) {
  const std::string bytes = wide.magnitude();
  Integer value;
  if (bytes.empty()) return value;
  import_bits(value, bytes.begin(), bytes.end(), 8, false);
  return wide.is_negative() ? -value : value;
}

/// A positive number as fraction * 2^exponent, fraction in [1, 2) with a double's 53 bits.
struct Scaled {
  double fraction = 0;
  int exponent = 0;
};

/// The quotient of two positive numbers, rounded to nearest, ties to even.
Scaled divide(const Integer& dividend, const Integer& divisor) {
  constexpr int kBits = 66;  // 53, one to round by, and more: the rest only says whether it is a tie
  const int shift = kBits + static_cast<int>(msb(divisor)) - static_cast<int>(msb(dividend));
  Integer quotient, rest;
  divide_qr(shift > 0 ? Integer(dividend << shift) : dividend, shift < 0 ? Integer(divisor << -shift) : divisor,
            quotient, rest);
  const int low = static_cast<int>(msb(quotient)) - kMantissaBits;
  const Integer tail = quotient & ((Integer(1) << low) - 1);
  const Integer half = Integer(1) << (low - 1);
  auto mantissa = static_cast<uint64_t>(quotient >> low);
  if (tail > half || (tail == half && (rest != 0 || mantissa % 2 == 1))) ++mantissa;
  return {std::ldexp(static_cast<double>(mantissa), -kMantissaBits), low + kMantissaBits - shift};
}

}  // namespace

void WideInteger::add(Uint128 magnitude, size_t shift, bool negative) {
  const size_t limb = shift / 64, bits = shift % 64;
  const auto low = static_cast<uint64_t>(magnitude), high = static_cast<uint64_t>(magnitude >> 64);
  const std::array<uint64_t, 3> parts = {low << bits, bits ? high << bits | low >> (64 - bits) : high,
                                         bits ? high >> (64 - bits) : 0};
  bool carry = false;
  for (size_t i = 0; limb + i < kLimbs && (i < parts.size() || carry); ++i) {
    const uint64_t part = i < parts.size() ? parts[i] : 0;
    uint64_t& to = limbs_[limb + i];
    const Uint128 sum = negative ? Uint128{to} - part - carry : Uint128{to} + part + carry;
    to = static_cast<uint64_t>(sum);
    carry = (sum >> 64) != 0;
  }
}

void WideInteger::add(const WideInteger& other) {
  bool carry = false;
  for (size_t i = 0; i < kLimbs; ++i) {
    const Uint128 sum = Uint128{limbs_[i]} + other.limbs_[i] + carry;
    limbs_[i] = static_cast<uint64_t>(sum);
    carry = (sum >> 64) != 0;
  }
}

void WideInteger::negate() {
  for (uint64_t& limb : limbs_) limb = ~limb;
  add(1, 0, false);
}

std::string WideInteger::magnitude() const {
  WideInteger positive = *this;
  if (is_negative()) positive.negate();
  std::string bytes;
  for (const uint64_t limb : positive.limbs_)
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(limb >> shift);
  bytes.erase(bytes.find_last_not_of('\0') + 1);
  return bytes;
}

WideInteger WideInteger::of(std::string_view magnitude, bool negative) {
  WideInteger wide;
  for (size_t i = 0; i < std::min(magnitude.size(), kLargestMagnitude_bytes); ++i)
    wide.limbs_[i / 8] |= uint64_t{static_cast<unsigned char>(magnitude[i])} << (i % 8 * 8);
  if (negative) wide.negate();
  return wide;
}

void ExactMoments::add(double value, uint64_t rows) {
  const Parts parts(value);
  sum_.add(Uint128{parts.mantissa} * rows, parts.shift, parts.negative);
  // A square has 106 bits, and rows has 64: in two halves.
  const Uint128 square = Uint128{parts.mantissa} * parts.mantissa;
  squares_.add((square & ~uint64_t{0}) * rows, 2 * size_t{parts.shift}, false);
  squares_.add((square >> 64) * rows, 2 * size_t{parts.shift} + 64, false);
}

/// With f a key's fraction, a mantissa is c + f, or c - f of a negative number, whose key has its bits flipped: its
/// square is c^2 ± 2 c f + f^2. What overflows 128 bits on the way does not in the end.
void ExactMoments::add(size_t exponent, uint64_t count, const KeySums& keys) {
  const Parts parts(from_order_key(uint64_t{exponent} << kKeyFractionBits));
  const Uint128 at_zero = parts.mantissa, sign = parts.negative ? ~Uint128{0} : Uint128{1};
  sum_.add(count * at_zero + sign * keys.fractions, parts.shift, parts.negative);
  squares_.add(count * at_zero * at_zero + 2 * sign * at_zero * keys.fractions + keys.squares, 2 * size_t{parts.shift},
               false);
}

void ExactMoments::add(const ExactMoments& other) {
  sum_.add(other.sum_);
  squares_.add(other.squares_);
}

double ExactMoments::mean(uint64_t count) const {
  Integer sum = to_integer(sum_);
  if (count == 0 || sum == 0) return 0;
  if (sum_.is_negative()) sum.backend().negate();
  const Scaled mean = divide(sum, Integer(count));
  return std::copysign(std::ldexp(mean.fraction, mean.exponent + kUnitExponent), sum_.is_negative() ? -1.0 : 1.0);
}

double ExactMoments::standard_deviation(uint64_t count) const {
  if (count < 2) return 0;
  const Integer sum = to_integer(sum_), rows = count;
  const Integer scatter = to_integer(squares_) * rows - sum * sum;
  if (scatter <= 0) return 0;
  const Scaled variance = divide(scatter, rows * (rows - 1));
  const int odd = variance.exponent & 1;
  return std::ldexp(std::sqrt(std::ldexp(variance.fraction, odd)), (variance.exponent - odd) / 2 + kUnitExponent);
}

bool ExactMoments::is_possible(uint64_t count, double minimum, double maximum) const {
  ExactMoments least, greatest;
  least.add(minimum, count);
  greatest.add(maximum, count);
  const Integer sum = to_integer(sum_), squares = to_integer(squares_), rows = count;
  return to_integer(least.sum_) <= sum && sum <= to_integer(greatest.sum_) && squares * rows >= sum * sum &&
         squares <= std::max(to_integer(least.squares_), to_integer(greatest.squares_));
}

ExactMoments ExactMoments::of(const WideInteger& sum, const WideInteger& squares) {
  ExactMoments moments;
  moments.sum_ = sum;
  moments.squares_ = squares;
  return moments;
}

}  // namespace veleta
