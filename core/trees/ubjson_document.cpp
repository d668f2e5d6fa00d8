#include "document.hpp"
#include "numbers.hpp"

namespace veleta {

namespace {

class UbjsonParser : DocumentParser {
 public:
  UbjsonParser(std::string_view bytes, std::string name) : DocumentParser(bytes, std::move(name), false) {}

  ModelDocument document() {
    value(0, {}, 0);
    if (!at_end()) fail("expected the end of the file, found " + found());
    return take();
  }

 private:
  using Kind = DocumentNode::Kind;

  std::string_view take_bytes(size_t count) {
    const size_t left = bytes_.size() - position_;
    if (count > left) fail("expected " + std::to_string(count) + " more bytes, found " + std::to_string(left));
    position_ += count;
    return bytes_.substr(position_ - count, count);
  }

  char next() { return take_bytes(1)[0]; }

  static bool is_number(char type) { return ubjson_width(type) > 0 || type == 'T' || type == 'F'; }

  /// A length, which can be no larger than what is left of the file has bytes.
  size_t length() {
    const size_t begin = position_;
    const char type = peek();
    if (ubjson_width(type) == 0 || type == 'd' || type == 'D') fail("expected a length, found " + found());
    ++position_;
    const auto count = NumberReader(type, take_bytes(ubjson_width(type))).next<int64_t>();
    if (count >= 0 && static_cast<uint64_t>(count) <= bytes_.size() - position_) return static_cast<size_t>(count);
    const size_t left = bytes_.size() - position_;
    position_ = begin;
    fail("expected a length of at most the " + std::to_string(left) + " bytes left, found " + std::to_string(count));
  }

  void value(uint32_t parent, std::string_view key, int depth) {
    if (depth > kMaxDepth) fail("expected at most " + std::to_string(kMaxDepth) + " levels of nesting, found more");
    DocumentNode node;
    node.content = bytes_.substr(position_, 1);
    const char type = peek();
    if (is_number(type)) {
      node.kind = Kind::kNumber;
      node.encoding = 'm';
      node.content = take_bytes(1 + ubjson_width(type));
      add(parent, key, node);
      return;
    }
    switch (type) {
      case '{': ++position_; return object(parent, key, depth);
      case '[': ++position_; return array(parent, key, depth);
      case 'Z': ++position_; break;
      case 'S':
        ++position_;
        node.kind = Kind::kText;
        node.content = take_bytes(length());
        break;
      default: fail("expected the mark of a value's type, found " + found());
    }
    add(parent, key, node);
  }

  void object(uint32_t parent, std::string_view key, int depth) {
    DocumentNode node;
    node.kind = Kind::kObject;
    node.content = bytes_.substr(position_ - 1, 1);
    const uint32_t self = add(parent, key, node);
    while (peek() != '}') {
      const std::string_view name = take_bytes(length());
      value(self, name, depth + 1);
    }
    ++position_;
  }

  void array(uint32_t parent, std::string_view key, int depth) {
    if (peek() == '$') return typed_array(parent, key);
    const bool is_counted = peek() == '#';
    if (is_counted) ++position_;
    size_t left = is_counted ? length() : 0;
    const auto goes_on = [&] { return is_counted ? left > 0 : peek() != ']'; };
    if (goes_on() && is_number(peek())) return marked_numbers(parent, key, is_counted, left);
    DocumentNode node;
    node.kind = Kind::kItems;
    node.content = bytes_.substr(position_ - 1, 1);
    const uint32_t self = add(parent, key, node);
    for (; goes_on(); left -= is_counted) value(self, {}, depth + 1);
    if (!is_counted) ++position_;
  }

  /// Numbers that each have the mark of their type, `left` of them or up to a ']'.
  void marked_numbers(uint32_t parent, std::string_view key, bool is_counted, size_t left) {
    DocumentNode node;
    node.kind = Kind::kNumbers;
    node.encoding = 'm';
    const size_t begin = position_;
    while (is_counted ? node.count < left : peek() != ']') {
      if (!is_number(peek())) fail("expected a number as before it in this array, found " + found());
      take_bytes(1 + ubjson_width(peek()));
      ++node.count;
    }
    node.content = bytes_.substr(begin, position_ - begin);
    if (!is_counted) ++position_;
    add(parent, key, node);
  }

  void typed_array(uint32_t parent, std::string_view key) {
    ++position_;
    DocumentNode node;
    node.kind = Kind::kNumbers;
    node.encoding = peek();
    if (ubjson_width(node.encoding) == 0) fail("expected the type of an array's numbers, found " + found());
    ++position_;
    if (peek() != '#') fail("expected the length of an array ('#'), found " + found());
    ++position_;
    node.count = length();
    const size_t width = ubjson_width(node.encoding);
    if (node.count > (bytes_.size() - position_) / width)
      fail("expected " + std::to_string(node.count) + " numbers of " + std::to_string(width) + " bytes, found " +
           std::to_string(bytes_.size() - position_) + " bytes");
    node.content = take_bytes(node.count * width);
    add(parent, key, node);
  }
};

}  // namespace

ModelDocument ModelDocument::parse_ubjson(std::string_view bytes, std::string name) {
  return UbjsonParser(bytes, std::move(name)).document();
}

}  // namespace veleta
