#include "postgres_text.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <charconv>
#include <cstring>

#include "veleta/error.hpp"

namespace veleta::sql {

namespace {

constexpr std::string_view kMark = "\xEF\xB7\x90";  // U+FDD0

bool can_be_kept(std::string_view text) {
  return text.empty() || (!text.starts_with(kMark) && std::memchr(text.data(), '\0', text.size()) == nullptr &&
                          simdjson::validate_utf8(text.data(), text.size()));
}

}  // namespace

std::string_view to_kept_text(std::string_view text, std::string& buffer) {
  if (can_be_kept(text)) return text;
  buffer = kMark;
  for (const char character : text) {
    const bool is_plain = character >= 0x20 && character < 0x7F && character != '%';
    if (is_plain)
      buffer += character;
    else
      buffer += fmt::format("%{:02X}", static_cast<unsigned char>(character));
  }
  return buffer;
}

std::string_view from_kept_text(std::string_view kept, std::string& buffer) {
  if (!kept.starts_with(kMark)) return kept;
  buffer.clear();
  for (size_t at = kMark.size(); at < kept.size(); ++at) {
    if (kept[at] != '%') {
      buffer += kept[at];
      continue;
    }
    unsigned byte = 0;
    const char* digits = kept.data() + at + 1;
    if (at + 2 >= kept.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
      throw Error(ErrorCode::kBadData,
                  fmt::format("the database holds a text with a broken escape at byte {}: '{}'", at, kept));
    buffer += static_cast<char>(byte);
    at += 2;
  }
  return buffer;
}

}  // namespace veleta::sql
