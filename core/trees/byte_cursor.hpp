#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace veleta {

/// Takes bytes from the front, none twice and none that is not there.
class ByteCursor {
 public:
  /// `name` names the bytes in messages: "dlib forest".
  ByteCursor(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  bool at_end() const { return position_ == bytes_.size(); }
  size_t left() const { return bytes_.size() - position_; }
  std::string_view take(size_t count);
  uint8_t take_byte() { return static_cast<uint8_t>(take(1)[0]); }

  /// Throws kBadData with the place: "the dlib forest is broken at byte 7: …".
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string_view bytes_;
  std::string name_;
  size_t position_ = 0;
};

}  // namespace veleta
