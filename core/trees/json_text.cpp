#include "json_text.hpp"

#include <charconv>
#include <cmath>

namespace veleta {

std::string float_text(float number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  char buffer[32];
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr);
  const size_t exponent = text.find('e');
  const bool negative = text[exponent + 1] == '-';
  size_t digits = exponent + 2;
  while (digits + 1 < text.size() && text[digits] == '0') ++digits;
  return text.substr(0, exponent) + (negative ? "E-" : "E") + text.substr(digits);
}

void JsonText::separate() {
  if (!text_.empty() && text_.back() != '[' && text_.back() != '{' && text_.back() != ':') text_ += ',';
}

JsonText& JsonText::key(std::string_view name) {
  separate();
  return raw("\"").raw(name).raw("\":");
}

JsonText& JsonText::string(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  separate();
  text_ += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (text_ += '\\') += c;
    else if (byte < 0x20)
      ((text_ += "\\u00") += kDigits[byte >> 4]) += kDigits[byte & 15];
    else
      text_ += c;
  }
  return raw("\"");
}

JsonText& JsonText::element(float number) {
  separate();
  return raw(float_text(number));
}

JsonText& JsonText::element(int64_t number) {
  separate();
  return raw(std::to_string(number));
}

}  // namespace veleta
