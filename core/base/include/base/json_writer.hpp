#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/json.hpp"

namespace veleta {

/// Writes JSON to the end of a text that outlives it, piece by piece and without a tree of values: the one place where
/// JSON becomes text. Numbers are written in the shortest form that reads back equal (0.12, 601), NaN and infinity as
/// null. A value stands in a list, after a key, or alone; what does not close is the caller's mistake. Not thread-safe.
class JsonWriter {
 public:
  enum class Layout {
    kLine,      ///< no space at all
    kIndented,  ///< for people: each member and item on a line of its own, two spaces deeper than what it is in
  };

  explicit JsonWriter(std::string& out, Layout layout = Layout::kLine) : out_(out), layout_(layout) {}

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_list() { return begin('['); }
  JsonWriter& end_list() { return end(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(double number);
  JsonWriter& value(float number);  ///< the shortest text that reads back as this float
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
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  /// Nothing is converted to a value to be written.
  template <std::same_as<json::value> Value>
  JsonWriter& value(const Value& value) {
    return tree(value);
  }

  template <typename Value>
  JsonWriter& member(std::string_view name, const Value& is) {
    return key(name).value(is);
  }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  /// What stands between the last piece and a value that is not a member's.
  void separate();
  void break_line();
  void append_text(std::string_view text);
  JsonWriter& plain(std::string_view text);
  JsonWriter& whole(int64_t number);
  JsonWriter& whole(uint64_t number);
  JsonWriter& tree(const json::value& value);

  std::string& out_;
  const Layout layout_;
  size_t depth_ = 0;
  bool is_first_ = true;       ///< nothing stands yet in the object or list that is open
  bool is_after_key_ = false;  ///< a key waits for its value
};

/// The double nearest to the shortest text that reads back as this float: 0.1, not 0.10000000149011612.
double nearest_double(float number);

}  // namespace veleta
