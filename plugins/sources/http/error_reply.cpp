#include "error_reply.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <string_view>
#include <utility>

namespace http_source {

namespace {

constexpr size_t kTold_bytes = 300;

/// The letters of Latin-1's accented range (U+00C0 to U+00FF) without their accents; ' ' where there is none.
constexpr std::string_view kBaseLetters = "aaaaaaaceeeeiiiidnooooo ouuuuy  aaaaaaaceeeeiiiidnooooo ouuuuy y";

/// Lower case, accented Latin letters as plain ones, combining accents (U+0300 to U+036F) left out.
std::string plain(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte == 0xC3 && next >= 0x80 && next <= 0xBF) {
      result += kBaseLetters[next - 0x80];
      ++i;
    } else if ((byte == 0xCC && next >= 0x80) || (byte == 0xCD && next >= 0x80 && next <= 0xAF)) {
      ++i;
    } else {
      result += static_cast<char>(std::tolower(byte));
    }
  }
  return result;
}

}  // namespace

std::string detail_of(const std::string& body) {
  boost::system::error_code code;
  const boost::json::value parsed = boost::json::parse(body, code);
  if (!code && parsed.is_object())
    if (const auto* detail = parsed.get_object().if_contains("detail"))
      return detail->is_string() ? std::string(detail->get_string()) : boost::json::serialize(*detail);
  size_t size = std::min(body.size(), kTold_bytes);
  const auto continues = [&](size_t at) { return (static_cast<unsigned char>(body[at]) & 0xC0) == 0x80; };
  while (size > 0 && size < body.size() && continues(size)) --size;  // not within a character of UTF-8
  return body.substr(0, size);
}

bool contains_loosely(const std::string& text, const std::string& part) {
  return plain(text).find(plain(part)) != std::string::npos;
}

}  // namespace http_source
