#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/json.hpp"

namespace veleta {

/// A text made ready to be written, quoted and escaped: for names that are written again and again.
class JsonText {
 public:
  explicit JsonText(std::string_view text);
  std::string_view quoted() const { return quoted_; }

 private:
  std::string quoted_;
};

/// Writes a JSON text piece by piece, without a tree of values: the one place where JSON becomes text. Numbers are
/// written in the shortest form that reads back equal (0.12, 601), NaN and infinity as null. A value stands in a list,
/// after a key, or alone; what does not close is the caller's mistake. Not thread-safe.
class JsonWriter {
 public:
  enum class Layout {
    kLine,      ///< no space at all
    kIndented,  ///< for people: each member and item on a line of its own, two spaces deeper than what it is in
  };

  /// There is room for `usual_bytes` from the start; a text may be longer.
  explicit JsonWriter(Layout layout = Layout::kLine, size_t usual_bytes = 512)
      : layout_(layout), room_(usual_bytes, '\0') {}

  /// What was written. Nothing may be written after it.
  std::string take();

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_list() { return begin('['); }
  JsonWriter& end_list() { return end(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& key(const JsonText& name);

  JsonWriter& value(double real);
  JsonWriter& value(float real);  ///< the shortest text that reads back as this float
  template <std::integral Number>
  JsonWriter& value(Number number) {
    if constexpr (std::same_as<Number, bool>)
      return plain(number ? "true" : "false");
    else if constexpr (std::is_signed_v<Number>)
      return whole(static_cast<int64_t>(number));
    else
      return whole(static_cast<uint64_t>(number));
  }
  JsonWriter& value(std::nullptr_t) { return plain("null"); }
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const JsonText& text) { return plain(text.quoted()); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  /// Nothing is converted to a value to be written.
  template <std::same_as<json::value> Value>
  JsonWriter& value(const Value& value) {
    return tree(value);
  }

  template <typename Name, typename Value>
  JsonWriter& member(const Name& name, const Value& is) {
    return key(name).value(is);
  }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  /// What stands between the last piece and a value that is not a member's.
  void separate();
  void break_line();
  void grow(size_t bytes);
  /// The end of the text, where so many bytes can be put.
  char* end_with_room(size_t bytes) {
    if (room_.size() - size_ < bytes) grow(bytes);
    return room_.data() + size_;
  }
  void append(char c);
  void append(std::string_view piece);
  void append_text(std::string_view text);
  JsonWriter& end_key();
  JsonWriter& plain(std::string_view text);
  template <typename Write>
  JsonWriter& number(Write write);
  JsonWriter& whole(int64_t integer);
  JsonWriter& whole(uint64_t integer);
  JsonWriter& tree(const json::value& value);

  const Layout layout_;
  std::string room_;  ///< the text, and room for more
  size_t size_ = 0;   ///< of the text
  size_t depth_ = 0;
  bool is_first_ = true;       ///< nothing stands yet in the object or list that is open
  bool is_after_key_ = false;  ///< a key waits for its value
};

/// The double nearest to the shortest text that reads back as this float: 0.1, not 0.10000000149011612.
double nearest_double(float number);

}  // namespace veleta
