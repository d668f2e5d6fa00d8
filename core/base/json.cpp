#include "base/json.hpp"

#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "base/files.hpp"

namespace veleta {

json::value parse_json(std::string_view text, const std::string& what) {
  json::parse_options options;
  options.max_depth = 64;
  json::stream_parser parser({}, options);
  json::error_code code;
  const size_t consumed = parser.write_some(text.data(), text.size(), code);
  if (!code && consumed < text.size() &&
      text.find_first_not_of(" \t\r\n", consumed) != std::string_view::npos)
    throw Error(ErrorCode::kBadData, fmt::format("{} has more text after its JSON value, at byte {}", what, consumed));
  if (!code) parser.finish(code);
  if (code)
    throw Error(ErrorCode::kBadData, fmt::format("{} is not JSON: {} at byte {}", what, code.message(), consumed));
  return parser.release();
}

json::value read_json_file(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

namespace {

void append_pretty(const json::value& value, std::string& out, const std::string& indent) {
  const std::string deeper = indent + "  ";
  if (const auto* object = value.if_object(); object && !object->empty()) {
    out += "{\n";
    size_t left = object->size();
    for (const auto& [key, member] : *object) {
      out += deeper + json::serialize(json::string(key)) + ": ";
      append_pretty(member, out, deeper);
      out += --left ? ",\n" : "\n";
    }
    out += indent + "}";
  } else if (const auto* array = value.if_array(); array && !array->empty()) {
    out += "[\n";
    size_t left = array->size();
    for (const auto& item : *array) {
      out += deeper;
      append_pretty(item, out, deeper);
      out += --left ? ",\n" : "\n";
    }
    out += indent + "]";
  } else if (const auto* number = value.if_double()) {
    out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string pretty_json(const json::value& value) {
  std::string out;
  append_pretty(value, out, "");
  return out + "\n";
}

json::value number_or_null(double number) {
  return std::isfinite(number) ? json::value(number) : json::value(nullptr);
}

double number_or_nan(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return value->to_number<double>();
}

std::string text_or_empty(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace veleta
