#include "json_text.hpp"

#include <fmt/compile.h>
#include <algorithm>
#include <cmath>
#include <iterator>

namespace veleta {

namespace {

/// Room that most replies of a row need.
constexpr size_t kUsualBytes = 2048;

void append(std::string& out, const json::value& value);

/// A text with nothing to escape, as names are, is written as it stands.
void append(std::string& out, std::string_view text) {
  const auto is_plain = [](unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; };
  if (!std::ranges::all_of(text, is_plain)) {
    out += json::serialize(json::string_view(text.data(), text.size()));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void append(std::string& out, const json::object& object) {
  out += '{';
  for (const auto& [key, member] : object) {
    if (out.back() != '{') out += ',';
    append(out, std::string_view(key.data(), key.size()));
    out += ':';
    append(out, member);
  }
  out += '}';
}

void append(std::string& out, const json::array& array) {
  out += '[';
  for (const auto& item : array) {
    if (&item != &array.front()) out += ',';
    append(out, item);
  }
  out += ']';
}

void append(std::string& out, double number) {
  if (std::isfinite(number))
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), number);
  else
    out += "null";
}

void append(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object())
    append(out, *object);
  else if (const auto* array = value.if_array())
    append(out, *array);
  else if (const auto* number = value.if_double())
    append(out, *number);
  else if (const auto* text = value.if_string())
    append(out, std::string_view(text->data(), text->size()));
  else if (const auto* whole = value.if_int64())
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), *whole);
  else if (const auto* large = value.if_uint64())
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), *large);
  else if (const auto* flag = value.if_bool())
    out += *flag ? "true" : "false";
  else
    out += "null";
}

}  // namespace

const char* type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::object: return "an object";
    case json::kind::array: return "a list";
    case json::kind::string: return "a string";
    case json::kind::bool_: return "a boolean";
    case json::kind::null: return "null";
    default: return "a number";
  }
}

std::string to_text(const json::value& value) {
  std::string out;
  out.reserve(kUsualBytes);
  append(out, value);
  return out;
}

}  // namespace veleta
