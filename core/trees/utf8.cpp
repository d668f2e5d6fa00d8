#include "utf8.hpp"

#include <charconv>
#include <cstdint>

namespace veleta {

namespace {

/// Bytes of the character that begins with `lead`, 0 if none does.
size_t character_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/// The second byte's range depends on the first: what is overlong, a surrogate or above U+10FFFF begins otherwise well.
bool is_second_byte(unsigned char lead, unsigned char second) {
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

bool is_character(std::string_view text, size_t size) {
  if (size == 0 || size > text.size()) return false;
  if (size > 1 && !is_second_byte(static_cast<unsigned char>(text[0]), static_cast<unsigned char>(text[1])))
    return false;
  for (size_t i = 2; i < size; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
  return true;
}

void append_utf8(std::string& to, uint32_t code) {
  const auto put = [&](uint32_t byte) { to.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800)
    put(0xc0 | code >> 6);
  else if (code < 0x10000)
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f));
  else
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f));
  put(0x80 | (code & 0x3f));
}

/// The four hexadecimal digits of a \u at the beginning of `rest`, taken off it.
uint32_t take_code(std::string_view& rest) {
  uint32_t code = 0;
  std::from_chars(rest.data(), rest.data() + 4, code, 16);
  rest.remove_prefix(4);
  return code;
}

/// The character whose \u stood before `rest`: one code, or two that make a pair.
uint32_t take_character(std::string_view& rest) {
  const uint32_t high = take_code(rest);
  if (high < 0xd800 || high >= 0xdc00 || !rest.starts_with("\\u")) return high;
  std::string_view behind = rest.substr(2);
  const uint32_t low = take_code(behind);
  if (low < 0xdc00 || low >= 0xe000) return high;
  rest = behind;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

char unescaped(char escape) {
  switch (escape) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return escape;
  }
}

}  // namespace

size_t first_invalid_utf8(std::string_view text) {
  for (size_t place = 0; place < text.size();) {
    const size_t size = character_size(static_cast<unsigned char>(text[place]));
    if (!is_character(text.substr(place), size)) return place;
    place += size;
  }
  return text.size();
}

std::string unescape_json(std::string_view content) {
  std::string text;
  while (!content.empty()) {
    const size_t plain = std::min(content.find('\\'), content.size());
    text.append(content.substr(0, plain));
    content.remove_prefix(plain);
    if (content.empty()) break;
    const char escape = content[1];
    content.remove_prefix(2);
    escape == 'u' ? append_utf8(text, take_character(content)) : text.push_back(unescaped(escape));
  }
  return text;
}

}  // namespace veleta
