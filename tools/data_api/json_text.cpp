#include "json_text.hpp"

#include <fmt/format.h>
#include <iterator>

namespace veleta::data_api {

namespace {

// Decodes the character at `at` and moves past it.
char32_t next_character(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t character = lead & (0x3Fu >> more);
  for (int i = 0; i < more && at < text.size(); ++i)
    character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  return character;
}

void append_unit(std::string& out, uint32_t unit) { fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit); }

void append_character(std::string& out, char32_t character) {
  if (character == '"' || character == '\\') out += '\\';
  if (character >= 0x20 && character < 0x7F) {
    out += static_cast<char>(character);
  } else if (character < 0x10000) {
    append_unit(out, character);
  } else {  // as UTF-16 writes it, in two
    append_unit(out, 0xD800 + ((character - 0x10000) >> 10));
    append_unit(out, 0xDC00 + ((character - 0x10000) & 0x3FF));
  }
}

}  // namespace

std::string json_escaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) append_character(out, next_character(text, at));
  return out;
}

std::string json_text(std::string_view text) { return '"' + json_escaped(text) + '"'; }

}  // namespace veleta::data_api
