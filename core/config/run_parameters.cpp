#include "run_parameters.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

/// Bytes of a text that are replaced.
struct Replacement {
  size_t begin, end;
  std::string by;
};

/// The byte of a position, whose column counts characters.
size_t byte_at(const std::string& text, const toml::source_position& position) {
  size_t at = 0;
  for (size_t line = 1; line < position.line; ++line) at = text.find('\n', at) + 1;
  for (size_t column = 1; column < position.column; ++column) do
      ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

/// The value as TOML has it, of the same type as `declared`; empty: it is not of that.
std::string as_toml(const toml::node& declared, const std::string& value) {
  // What escapes JSON has, TOML has too.
  if (declared.is_string()) return json::serialize(json::string(value));
  try {
    const toml::table parsed = toml::parse("value = " + value);
    const toml::node* node = parsed.get("value");
    const bool fits = node->type() == declared.type() || (declared.is_floating_point() && node->is_integer());
    return parsed.size() == 1 && fits && value.find_first_of("\n#") == std::string::npos ? value : "";
  } catch (const toml::parse_error&) {
    return "";
  }
}

const char* type_of(const toml::node& node) {
  if (node.is_integer()) return "an integer";
  if (node.is_floating_point()) return "a number";
  return node.is_boolean() ? "true or false" : "a text";
}

}  // namespace

std::string with_parameters(const std::filesystem::path& file, const std::string& text,
                            const std::map<std::string, std::string>& values) {
  if (values.empty()) return text;
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error&) {
    return text;
  }
  static const toml::table kNone;
  const toml::table* declared = root["parameters"].as_table();
  if (!declared) declared = &kNone;
  std::vector<std::string> known;
  for (const auto& [name, node] : *declared) known.emplace_back(name.str());
  std::vector<Replacement> replacements;
  for (const auto& [name, value] : values) {
    const toml::node* node = declared->get(name);
    if (!node)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{} has no parameter '{}' in its [parameters].{}",
                                                           file.string(), name, did_you_mean(name, known)));
    const std::string by = as_toml(*node, value);
    if (by.empty())
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: parameter '{}': expected {}, found '{}'", file.string(),
                                                           name, type_of(*node), clipped(value, 80)));
    replacements.push_back({byte_at(text, node->source().begin), byte_at(text, node->source().end), by});
  }
  std::sort(replacements.begin(), replacements.end(), [](const auto& a, const auto& b) { return a.begin > b.begin; });
  std::string result = text;
  for (const auto& [begin, end, by] : replacements) result.replace(begin, end - begin, by);
  return result;
}

}  // namespace veleta
