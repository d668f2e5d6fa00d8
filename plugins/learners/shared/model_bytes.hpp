#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "veleta/error.hpp"

// Models as bytes: a line that names format and version, then numbers and arrays, little-endian, without padding.

namespace veleta {

static_assert(std::endian::native == std::endian::little, "models are kept little-endian; this machine is not");

class ModelWriter {
 public:
  /// `format` is a name and a version, such as "ridge 1".
  explicit ModelWriter(std::string_view format) : bytes_("veleta " + std::string(format) + "\n") {}

  template <typename Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  template <typename Number>
  void array(std::span<const Number> values) {
    number(static_cast<uint64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what ModelWriter wrote, in the same order. Throws kBadData where the bytes are of another format or end early;
/// never reserves more than they hold.
class ModelReader {
 public:
  ModelReader(std::string_view bytes, std::string_view format) : left_(bytes), format_(format) {
    const std::string head = "veleta " + format_ + "\n";
    if (left_.substr(0, head.size()) != head) fail("it is of another format");
    left_.remove_prefix(head.size());
  }

  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  template <typename Number>
  std::vector<Number> array() {
    const auto count = number<uint64_t>();
    if (count > left_.size() / sizeof(Number)) fail("it ends too early");
    std::vector<Number> values(count);
    if (count > 0) std::memcpy(values.data(), take(count * sizeof(Number)).data(), count * sizeof(Number));
    return values;
  }

  /// To be called after the last number.
  void finish() const {
    if (!left_.empty()) fail("it has more bytes than it should");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::kBadData, "this is no model of format '" + format_ + "': " + what);
  }

 private:
  std::string_view take(size_t count) {
    if (count > left_.size()) fail("it ends too early");
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
  std::string format_;
};

}  // namespace veleta
