#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "veleta/error.hpp"

// A watch's state as bytes. A class names its members once, in
// `template <typename Self, typename Archive> static void exchange(Self& self, Archive& archive)`, which hands them to
// a StateWriter or a StateReader.

namespace veleta::streams {

static_assert(std::endian::native == std::endian::little, "states are little-endian");

template <typename Number>
concept Plain = std::is_arithmetic_v<Number>;
template <typename Members>
concept Compound = std::is_class_v<Members>;

class StateWriter {
 public:
  template <typename... Members>
  void operator()(const Members&... members) {
    (put(members), ...);
  }

  const std::string& bytes() const { return bytes_; }

 private:
  template <Plain Number>
  void put(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }

  template <Plain Number>
  void put(const std::vector<Number>& numbers) {
    put(static_cast<uint64_t>(numbers.size()));
    for (const Number number : numbers) put(number);
  }

  template <Compound Members>
  void put(const Members& members) {
    Members::exchange(members, *this);
  }

  std::string bytes_;
};

/// Reads what a StateWriter wrote. Throws Error(kBadData) where bytes are missing or left over, or hold a NaN, which no
/// state has.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}

  template <typename... Members>
  void operator()(Members&... members) {
    (get(members), ...);
  }

  void finish() const { require(rest_.empty(), "bytes are left over"); }

  static void require(bool kept, const char* otherwise) {
    if (!kept) throw Error(ErrorCode::kBadData, std::string("the state of this watch is broken: ") + otherwise);
  }

 private:
  template <Plain Number>
  void get(Number& number) {
    require(rest_.size() >= sizeof number, "it is cut off");
    if constexpr (std::is_same_v<Number, bool>) {
      require(rest_[0] == 0 || rest_[0] == 1, "a flag is neither set nor clear");
      number = rest_[0] == 1;
    } else {
      std::memcpy(&number, rest_.data(), sizeof number);
    }
    if constexpr (std::is_floating_point_v<Number>) require(!std::isnan(number), "a number is none");
    rest_.remove_prefix(sizeof number);
  }

  template <Plain Number>
  void get(std::vector<Number>& numbers) {
    uint64_t count = 0;
    get(count);
    require(count <= rest_.size() / sizeof(Number), "it is cut off");
    numbers.resize(count);
    for (Number& number : numbers) get(number);
  }

  template <Compound Members>
  void get(Members& members) {
    Members::exchange(members, *this);
  }

  std::string_view rest_;
};

/// FNV-1a, 64 bits: tells bytes that were damaged by accident.
inline uint64_t checksum(std::string_view bytes) {
  uint64_t sum = 0xcbf29ce484222325;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return sum;
}

/// The bytes with their checksum behind them.
inline std::string sealed(std::string bytes) {
  StateWriter seal;
  seal(checksum(bytes));
  bytes += seal.bytes();
  return bytes;
}

/// What was sealed. Throws Error(kBadData) where the checksum does not fit.
inline std::string_view unsealed(std::string_view bytes) {
  StateReader::require(bytes.size() >= sizeof(uint64_t), "it is cut off");
  const std::string_view content = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  StateWriter seal;
  seal(checksum(content));
  StateReader::require(bytes.substr(content.size()) == seal.bytes(), "its checksum does not fit");
  return content;
}

}  // namespace veleta::streams
