#include "canvas.hpp"

namespace veleta {

namespace {

constexpr const char* kEllipsis = "…";

/// How many bytes the UTF-8 character at the front has; 0 where there is none.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  const size_t count = first < 0x80                    ? 1
                       : first >= 0xC2 && first < 0xE0 ? 2
                       : first >= 0xE0 && first < 0xF0 ? 3
                       : first >= 0xF0 && first < 0xF5 ? 4
                                                       : 0;
  if (count == 0 || count > text.size()) return 0;
  for (size_t at = 1; at < count; ++at)
    if ((byte(at) & 0xC0) != 0x80) return 0;
  const bool is_overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool is_no_scalar = (first == 0xED && byte(1) >= 0xA0) || (first == 0xF4 && byte(1) >= 0x90);
  return is_overlong || is_no_scalar ? 0 : count;
}

bool is_control(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character[0]);
  const bool is_c1 = character.size() == 2 && byte == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  const bool is_no_xml = character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
  return byte < 0x20 || byte == 0x7F || is_c1 || is_no_xml;
}

/// The first character as it can be shown, taken off the text.
std::string_view take_character(std::string_view& text) {
  const size_t count = character_bytes(text);
  const std::string_view character = text.substr(0, count);
  text.remove_prefix(count == 0 ? 1 : count);
  if (count == 0) return "\xEF\xBF\xBD";
  return is_control(character) ? " " : character;
}

}  // namespace

std::string fitted(std::string_view text, double width, const TextStyle& style) {
  // No more characters than these fit anywhere.
  constexpr size_t kMostCharacters = 400;
  std::string shown;
  size_t count = 0;
  for (; !text.empty() && count < kMostCharacters; ++count) shown += take_character(text);
  if (text.empty() && text_width(shown, style) <= width) return shown;
  while (!shown.empty() && text_width(shown + kEllipsis, style) > width) {
    while ((static_cast<unsigned char>(shown.back()) & 0xC0) == 0x80) shown.pop_back();
    shown.pop_back();
  }
  return shown + kEllipsis;
}

Picture paint(Size size, const std::string& title, const std::function<void(Canvas&)>& draw) {
  return {paint_svg(size, title, draw), paint_png(size, draw)};
}

}  // namespace veleta
