#include "ubjson.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#include "veleta/error.hpp"

namespace xgboost_plugin {
namespace {

using veleta::Error;
using veleta::ErrorCode;

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  Ubjson document() {
    Ubjson root = value(next(), 0);
    if (position_ != bytes_.size()) fail("more bytes after its end");
    return root;
  }

 private:
  static constexpr int kMaxDepth = 64;

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::kBadData, "the XGBoost model is broken at byte " + std::to_string(position_) + ": " + what);
  }

  std::string_view take(size_t count) {
    if (count > bytes_.size() - position_) fail("it ends too early");
    position_ += count;
    return bytes_.substr(position_ - count, count);
  }

  char next() { return take(1)[0]; }
  char peek() const { return position_ < bytes_.size() ? bytes_[position_] : '\0'; }

  /// A big-endian integer of the type's width.
  template <typename Integer>
  Integer integer() {
    uint64_t bits = 0;
    for (unsigned char byte : take(sizeof(Integer))) bits = bits << 8 | byte;
    return static_cast<Integer>(bits);
  }

  static size_t width(char type) {
    switch (type) {
      case 'i':
      case 'U': return 1;
      case 'I': return 2;
      case 'l':
      case 'd': return 4;
      case 'L':
      case 'D': return 8;
      default: return 0;
    }
  }

  double number(char type) {
    switch (type) {
      case 'i': return integer<int8_t>();
      case 'U': return integer<uint8_t>();
      case 'I': return integer<int16_t>();
      case 'l': return integer<int32_t>();
      case 'L': return static_cast<double>(integer<int64_t>());
      case 'd': return std::bit_cast<float>(integer<uint32_t>());
      case 'D': return std::bit_cast<double>(integer<uint64_t>());
      default: fail(std::string("unknown type '") + type + "'");
    }
  }

  size_t length() {
    const double count = number(next());
    if (!(count >= 0) || count > static_cast<double>(bytes_.size())) fail("a length is out of range");
    return static_cast<size_t>(count);
  }

  std::string text() { return std::string(take(length())); }

  Ubjson value(char type, int depth) {
    if (depth > kMaxDepth) fail("it is nested too deeply");
    Ubjson result;
    switch (type) {
      case 'Z': break;
      case 'T':
      case 'F': result.kind = Ubjson::Kind::kBoolean, result.number = type == 'T'; break;
      case 'S': result.kind = Ubjson::Kind::kText, result.text = text(); break;
      case '[': array(result, depth); break;
      case '{': object(result, depth); break;
      default: result.kind = Ubjson::Kind::kNumber, result.number = number(type);
    }
    return result;
  }

  void array(Ubjson& result, int depth) {
    if (peek() == '$') return typed_array(result);
    result.kind = Ubjson::Kind::kItems;
    if (peek() == '#') {
      next();
      for (size_t count = length(); count > 0; --count) result.items.push_back(value(next(), depth + 1));
      return;
    }
    for (char type = next(); type != ']'; type = next()) result.items.push_back(value(type, depth + 1));
  }

  void typed_array(Ubjson& result) {
    next();
    const char type = next();
    if (next() != '#') fail("a typed array without its length");
    const size_t count = length();
    if (width(type) == 0 || count > (bytes_.size() - position_) / width(type)) fail("a typed array that does not fit");
    result.kind = Ubjson::Kind::kNumbers;
    result.numbers.reserve(count);
    for (size_t i = 0; i < count; ++i) result.numbers.push_back(number(type));
  }

  void object(Ubjson& result, int depth) {
    result.kind = Ubjson::Kind::kObject;
    while (peek() != '}') {
      std::string key = text();
      result.members[std::move(key)] = value(next(), depth + 1);
    }
    next();
  }

  std::string_view bytes_;
  size_t position_ = 0;
};

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kBadData, "this is not an XGBoost model: " + what);
}

}  // namespace

const Ubjson& Ubjson::at(std::string_view path) const {
  const Ubjson* found = this;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const auto member = found->members.find(path.substr(begin, end - begin));
    if (member == found->members.end()) refuse("it has no " + std::string(path));
    found = &member->second;
    begin = end + 1;
  }
  return *found;
}

const std::string& Ubjson::as_text() const {
  if (kind != Kind::kText) refuse("a text was expected");
  return text;
}

const std::vector<double>& Ubjson::as_numbers() const {
  if (kind != Kind::kNumbers) refuse("an array of numbers was expected");
  return numbers;
}

const std::vector<Ubjson>& Ubjson::as_items() const {
  if (kind != Kind::kItems) refuse("an array was expected");
  return items;
}

Ubjson parse_ubjson(std::string_view bytes) { return Parser(bytes).document(); }

}  // namespace xgboost_plugin
