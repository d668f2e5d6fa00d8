#include "base/json_writer.hpp"

#include <fmt/compile.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace veleta {

namespace {

/// No number's text is longer.
constexpr size_t kNumberBytes = 32;

/// Of each byte: whether it cannot stand in a text as it is.
constexpr std::array<bool, 256> kIsEscaped = [] {
  std::array<bool, 256> escaped{};
  for (size_t byte = 0; byte < ' '; ++byte) escaped[byte] = true;
  escaped['"'] = escaped['\\'] = true;
  return escaped;
}();

/// Whether a number's text is that of an integer, and the integer is at hand. Zero with a sign is none.
template <typename Number>
bool is_whole(Number number) {
  // So far every integer is its own shortest text.
  constexpr Number kMost = std::same_as<Number, float> ? 1 << 24 : 1e15;
  return !std::signbit(number) && number < kMost && static_cast<Number>(static_cast<int64_t>(number)) == number;
}

/// Whether fmt writes this float as it writes the double of the same text: floats of more digits get an exponent
/// sooner.
bool has_no_exponent(float number) {
  const float size = std::abs(number);
  return size >= 1e-4F && size < 1e6F;
}

}  // namespace

double nearest_double(float number) {
  std::array<char, kNumberBytes> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  double nearest = number;
  std::from_chars(digits.data(), end, nearest);
  return nearest;
}

JsonText::JsonText(std::string_view text) : quoted_(JsonWriter().value(text).take()) {}

std::string JsonWriter::take() {
  room_.resize(size_);
  return std::move(room_);
}

void JsonWriter::grow(size_t bytes) { room_.resize(2 * room_.size() + bytes); }

void JsonWriter::append(char c) {
  *end_with_room(1) = c;
  ++size_;
}

void JsonWriter::append(std::string_view piece) {
  piece.copy(end_with_room(piece.size()), piece.size());
  size_ += piece.size();
}

void JsonWriter::break_line() {
  append('\n');
  append(std::string(2 * depth_, ' '));
}

void JsonWriter::separate() {
  if (is_after_key_) {
    is_after_key_ = false;
    return;
  }
  if (!is_first_) append(',');
  is_first_ = false;
  if (layout_ == Layout::kIndented && depth_ > 0) break_line();
}

JsonWriter& JsonWriter::begin(char bracket) {
  separate();
  append(bracket);
  ++depth_;
  is_first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  --depth_;
  if (layout_ == Layout::kIndented && !is_first_) break_line();
  append(bracket);
  is_first_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_key() {
  append(':');
  if (layout_ == Layout::kIndented) append(' ');
  is_after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_text(name);
  return end_key();
}

JsonWriter& JsonWriter::key(const JsonText& name) {
  separate();
  append(name.quoted());
  return end_key();
}

/// A text with nothing to escape, as names are, is written as it stands.
void JsonWriter::append_text(std::string_view text) {
  if (std::ranges::any_of(text, [](unsigned char c) { return kIsEscaped[c]; }))
    return append(json::serialize(json::string_view(text.data(), text.size())));
  char* to = end_with_room(text.size() + 2);
  *to = '"';
  text.copy(to + 1, text.size());
  to[text.size() + 1] = '"';
  size_ += text.size() + 2;
}

JsonWriter& JsonWriter::plain(std::string_view text) {
  separate();
  append(text);
  return *this;
}

/// A number, by what writes it and returns its end.
template <typename Write>
JsonWriter& JsonWriter::number(Write write) {
  separate();
  size_ = static_cast<size_t>(write(end_with_room(kNumberBytes)) - room_.data());
  return *this;
}

JsonWriter& JsonWriter::whole(int64_t integer) {
  return number([&](char* to) { return fmt::format_to(to, FMT_COMPILE("{}"), integer); });
}

JsonWriter& JsonWriter::whole(uint64_t integer) {
  return number([&](char* to) { return fmt::format_to(to, FMT_COMPILE("{}"), integer); });
}

JsonWriter& JsonWriter::value(double real) {
  if (is_whole(real)) return whole(static_cast<int64_t>(real));
  if (!std::isfinite(real)) return value(nullptr);
  return number([&](char* to) { return fmt::format_to(to, FMT_COMPILE("{}"), real); });
}

JsonWriter& JsonWriter::value(float real) {
  if (is_whole(real)) return whole(static_cast<int64_t>(real));
  if (!has_no_exponent(real)) return value(nearest_double(real));
  return number([&](char* to) { return fmt::format_to(to, FMT_COMPILE("{}"), real); });
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_text(text);
  return *this;
}

JsonWriter& JsonWriter::tree(const json::value& from) {
  switch (from.kind()) {
    case json::kind::object:
      begin_object();
      for (const auto& [name, is] : from.get_object()) key(name).tree(is);
      return end_object();
    case json::kind::array:
      begin_list();
      for (const auto& item : from.get_array()) tree(item);
      return end_list();
    case json::kind::string: return value(std::string_view(from.get_string()));
    case json::kind::double_: return value(from.get_double());
    case json::kind::int64: return value(from.get_int64());
    case json::kind::uint64: return value(from.get_uint64());
    case json::kind::bool_: return value(from.get_bool());
    case json::kind::null: break;
  }
  return value(nullptr);
}

}  // namespace veleta
