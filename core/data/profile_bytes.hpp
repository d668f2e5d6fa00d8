#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/exact_sum.hpp"
#include "data/profile.hpp"

// What all versions of a profile's binary form are made of. Everything read is checked against the bytes that are left.

namespace veleta {

/// Throws kBadData: the bytes are no profile, for this reason.
[[noreturn]] void refuse_profile(const std::string& reason);

class ProfileWriter {
 public:
  /// LEB128.
  void count(uint64_t value);
  void count(double value) { count(static_cast<uint64_t>(value)); }
  /// 8 bytes, the lowest first.
  void number(double value);
  void text(std::string_view value);
  /// The steps between the numbers' order keys, as counts.
  void ascending(std::span<const double> numbers);
  void wide(const WideInteger& value);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class ProfileReader {
 public:
  explicit ProfileReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t count();
  /// A count that a double holds exactly.
  double rows();
  /// A count of things that take at least `least_bytes` each: no more of them than the bytes left can hold.
  size_t length(size_t least_bytes);
  double number();
  std::string text() { return std::string(take(length(1))); }
  /// So many finite numbers.
  std::vector<double> ascending(size_t size);
  WideInteger wide();
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(size_t size);
  std::string_view bytes_;
};

std::string zstd_frame(std::string_view body);
/// Throws kBadData where the frame is broken or holds more than 2 GiB.
std::string zstd_body(std::string_view frame);

/// The body of a VLPROF1.
Profile read_profile_v1(ProfileReader& in);

}  // namespace veleta
