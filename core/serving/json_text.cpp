#include "json_text.hpp"

#include <fmt/format.h>
#include <cmath>
#include <iterator>

namespace veleta {

namespace {

void append(std::string& out, const json::value& value);

void append(std::string& out, const json::object& object) {
  out += '{';
  for (const auto& [key, member] : object) {
    if (out.back() != '{') out += ',';
    out += json::serialize(key);
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
    fmt::format_to(std::back_inserter(out), "{}", number);
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
  else
    out += json::serialize(value);
}

}  // namespace

std::string to_text(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace veleta
