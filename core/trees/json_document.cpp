#include <algorithm>

#include "document.hpp"

namespace veleta {

namespace {

constexpr std::string_view kOfNumbers = "+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

class JsonParser : DocumentParser {
 public:
  JsonParser(std::string_view bytes, std::string name) : DocumentParser(bytes, std::move(name), true) {}

  ModelDocument document() {
    value(0, {}, 0);
    skip_space();
    if (!at_end()) fail("expected the end of the file, found " + found());
    return take();
  }

 private:
  using Kind = DocumentNode::Kind;

  void skip_space() { position_ = std::min(bytes_.find_first_not_of(" \t\r\n", position_), bytes_.size()); }

  char next_character() {
    skip_space();
    return peek();
  }

  void expect(char wanted) {
    if (next_character() != wanted) fail(std::string("expected '") + wanted + "', found " + found());
    ++position_;
  }

  void value(uint32_t parent, std::string_view key, int depth) {
    if (depth > kMaxDepth) fail("expected at most " + std::to_string(kMaxDepth) + " levels of nesting, found more");
    DocumentNode node;
    switch (next_character()) {
      case '{': return object(parent, key, depth);
      case '[': return array(parent, key, depth);
      case '"':
        node.kind = Kind::kText;
        node.content = text(node.has_escapes);
        break;
      default: node.content = number(); node.kind = node.content == "null" ? Kind::kNull : Kind::kNumber;
    }
    add(parent, key, node);
  }

  void object(uint32_t parent, std::string_view key, int depth) {
    DocumentNode node;
    node.kind = Kind::kObject;
    node.content = bytes_.substr(position_++, 1);
    const uint32_t self = add(parent, key, node);
    if (next_character() == '}') return void(++position_);
    do {
      if (next_character() != '"') fail("expected a member's name in quotes, found " + found());
      bool has_escapes = false;
      const std::string_view name = text(has_escapes);
      expect(':');
      value(self, name, depth + 1);
    } while (goes_on('}'));
  }

  /// Behind a value in a container: whether a comma follows it, not the end.
  bool goes_on(char end) {
    const char next = next_character();
    if (next != ',' && next != end) fail(std::string("expected ',' or '") + end + "', found " + found());
    ++position_;
    return next == ',';
  }

  void array(uint32_t parent, std::string_view key, int depth) {
    DocumentNode node;
    node.content = bytes_.substr(position_++, 1);
    const char first = next_character();
    if (first != ']' && first != '[' && first != '{' && first != '"') return numbers(parent, key, node);
    node.kind = Kind::kItems;
    const uint32_t self = add(parent, key, node);
    if (first == ']') return void(++position_);
    do value(self, {}, depth + 1);
    while (goes_on(']'));
  }

  void numbers(uint32_t parent, std::string_view key, DocumentNode node) {
    node.kind = Kind::kNumbers;
    const size_t begin = position_;
    do {
      skip_space();
      number();
      ++node.count;
    } while (goes_on(']'));
    node.content = bytes_.substr(begin, position_ - 1 - begin);
    add(parent, key, node);
  }

  /// A word of letters and digits, which may turn out to be no number when it is read.
  std::string_view number() {
    const size_t begin = position_;
    position_ = std::min(bytes_.find_first_not_of(kOfNumbers, position_), bytes_.size());
    if (position_ == begin) fail("expected a value, found " + found());
    return bytes_.substr(begin, position_ - begin);
  }

  std::string_view text(bool& has_escapes) {
    const size_t begin = ++position_;
    for (;; ++position_) {
      position_ = std::min(bytes_.find_first_of("\"\\", position_), bytes_.size());
      if (at_end()) fail("expected the end of a text that began at byte " + std::to_string(begin) + ", found none");
      if (bytes_[position_] == '"') break;
      has_escapes = true;
      escape();
    }
    return bytes_.substr(begin, position_++ - begin);
  }

  void escape() {
    ++position_;
    if (std::string_view("\"\\/bfnrtu").find(peek()) == std::string_view::npos || at_end())
      fail("expected an escape, found " + found());
    if (peek() != 'u') return;
    for (int digit = 0; digit < 4; ++digit) {
      ++position_;
      if (std::string_view("0123456789abcdefABCDEF").find(peek()) == std::string_view::npos || at_end())
        fail("expected four hexadecimal digits, found " + found());
    }
  }
};

}  // namespace

ModelDocument ModelDocument::parse_json(std::string_view bytes, std::string name) {
  return JsonParser(bytes, std::move(name)).document();
}

}  // namespace veleta
