#include "byte_cursor.hpp"

#include "veleta/error.hpp"

namespace veleta {

std::string_view ByteCursor::take(size_t count) {
  if (count > left()) fail("expected " + std::to_string(count) + " more bytes, found " + std::to_string(left()));
  position_ += count;
  return bytes_.substr(position_ - count, count);
}

void ByteCursor::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadData, "the " + name_ + " is broken at byte " + std::to_string(position_) + ": " + what);
}

}  // namespace veleta
