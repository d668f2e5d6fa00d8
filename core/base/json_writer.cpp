#include "base/json_writer.hpp"

#include <fmt/compile.h>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace veleta {

namespace {

/// No number's text is longer.
constexpr size_t kNumberBytes = 32;

/// 1 for bytes that a text cannot have as they are.
constexpr std::array<unsigned char, 256> kEscaped = [] {
  std::array<unsigned char, 256> escaped{};
  for (size_t byte = 0; byte < ' '; ++byte) escaped[byte] = 1;
  escaped['"'] = escaped['\\'] = 1;
  return escaped;
}();

bool is_plain(std::string_view text) {
  unsigned escaped = 0;
  for (const char c : text) escaped |= kEscaped[static_cast<unsigned char>(c)];
  return escaped == 0;
}

/// Whether a number's text is that of an integer, and the integer is at hand. Zero with a sign is none.
bool is_whole(double number) {
  constexpr double kMost = 1e15;
  return !std::signbit(number) && number < kMost && static_cast<double>(static_cast<int64_t>(number)) == number;
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

void JsonWriter::break_line() {
  out_ += '\n';
  out_.append(2 * depth_, ' ');
}

void JsonWriter::separate() {
  if (is_after_key_) {
    is_after_key_ = false;
    return;
  }
  if (!is_first_) out_ += ',';
  is_first_ = false;
  if (layout_ == Layout::kIndented && depth_ > 0) break_line();
}

JsonWriter& JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  ++depth_;
  is_first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  --depth_;
  if (layout_ == Layout::kIndented && !is_first_) break_line();
  out_ += bracket;
  is_first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_text(name);
  out_ += ':';
  if (layout_ == Layout::kIndented) out_ += ' ';
  is_after_key_ = true;
  return *this;
}

/// A text with nothing to escape, as names are, is written as it stands.
void JsonWriter::append_text(std::string_view text) {
  if (!is_plain(text)) {
    out_ += json::serialize(json::string_view(text.data(), text.size()));
    return;
  }
  out_ += '"';
  out_ += text;
  out_ += '"';
}

JsonWriter& JsonWriter::plain(std::string_view text) {
  separate();
  out_ += text;
  return *this;
}

JsonWriter& JsonWriter::whole(int64_t number) {
  const fmt::format_int digits(number);
  return plain({digits.data(), digits.size()});
}

JsonWriter& JsonWriter::whole(uint64_t number) {
  const fmt::format_int digits(number);
  return plain({digits.data(), digits.size()});
}

JsonWriter& JsonWriter::value(double number) {
  if (is_whole(number)) return whole(static_cast<int64_t>(number));
  if (!std::isfinite(number)) return value(nullptr);
  std::array<char, kNumberBytes> digits;
  return plain({digits.data(), fmt::format_to(digits.data(), FMT_COMPILE("{}"), number)});
}

JsonWriter& JsonWriter::value(float number) {
  if (is_whole(number) || !has_no_exponent(number)) return value(nearest_double(number));
  std::array<char, kNumberBytes> digits;
  return plain({digits.data(), fmt::format_to(digits.data(), FMT_COMPILE("{}"), number)});
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
