#include "document.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "base/text.hpp"
#include "environment.hpp"

namespace veleta {

namespace {

constexpr size_t kShownBytes = 80;

/// On one line, whatever the file holds.
std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text)
    if (c == '\n')
      line += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      line += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      line += c;
  return line;
}

/// Its beginning, of whole characters, where it is long.
std::string shortened(const std::string& text) {
  size_t end = kShownBytes;
  if (text.size() <= end) return text;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string found_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return fmt::format("the text \"{}\"", shortened(node.as_string()->get()));
    case toml::node_type::integer: return fmt::format("the integer {}", node.as_integer()->get());
    case toml::node_type::floating_point: return fmt::format("the number {:#}", node.as_floating_point()->get());
    case toml::node_type::boolean: return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array: return "a list";
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

bool is_bare(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c < 128 && std::isalnum(c)) || c == '_' || c == '-';
  });
}

/// The key within the table at `path`, quoted where TOML would need it.
std::string joined(const std::string& path, std::string_view key) {
  const std::string shown = shortened(std::string(key));
  const std::string name = is_bare(key) ? shown : fmt::format("\"{}\"", shown);
  return path.empty() ? name : path + "." + name;
}

/// The path of what holds the value at `key`: "a[0].b" is in "a[0]", that in "a", that in "".
std::string holder_of(const std::string& key) {
  const size_t end = key.find_last_of(".[");
  return end == std::string::npos ? "" : key.substr(0, end);
}

std::string hint(const std::string& name, const std::vector<std::string>& known) {
  const std::string near = did_you_mean(name, known);
  return near.empty() ? " Expected one of: " + join(known, ", ") : near;
}

}  // namespace

Document::Document(std::filesystem::path file, const std::string& text) : file_(std::move(file)) {
  try {
    root_ = toml::parse(text, file_.string());
  } catch (const toml::parse_error& error) {
    complain(error.source(), "", std::string(error.description()));
  }
}

void Document::require_sound() const {
  if (diagnostics_.empty()) return;
  auto sorted = diagnostics_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  throw ConfigError(std::move(sorted));
}

void Document::pass_over(const std::string& section) {
  std::erase_if(diagnostics_, [&](const Diagnostic& diagnostic) {
    const std::string& key = diagnostic.key;
    return key == section || key.starts_with(section + ".") || key.starts_with(section + "[");
  });
}

bool Document::is_wrong(const std::string& key) const {
  return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& diagnostic) {
    return diagnostic.key == key || diagnostic.key.starts_with(key + ".");
  });
}

void Document::complain(const toml::source_region& at, const std::string& key, const std::string& message) {
  diagnostics_.push_back({file_, std::max<size_t>(1, at.begin.line), std::max<size_t>(1, at.begin.column),
                          one_line(key), one_line(message)});
}

void Document::complain(const std::string& key, const std::string& message) {
  for (std::string place = key; !place.empty(); place = holder_of(place))
    if (const auto node = root_.at_path(place)) return complain(node.node()->source(), key, message);
  complain(root_.source(), key, message);
}

void Document::expected(const std::string& key, const std::string& what, const std::vector<std::string>& valid) {
  if (const auto node = root_.at_path(key))
    expected(*node.node(), key, what, valid);
  else
    complain(key, fmt::format("expected {}, found nothing", what));
}

void Document::expected(const toml::node& node, const std::string& key, const std::string& what,
                        const std::vector<std::string>& valid) {
  const std::string near = node.is_string() ? did_you_mean(node.as_string()->get(), valid) : "";
  complain(node.source(), key,
           fmt::format("expected {}, found {}{}", what, found_text(node), near.empty() ? "" : "." + near));
}

ParamValues Document::read(const toml::table& table, const std::string& path,
                           const std::vector<ParamDescription>& keys) {
  ParamValues values = default_values(keys);
  for (const auto& description : keys) {
    const std::string key = path + "." + description.name;
    const auto node = table.at_path(description.name);
    auto value = std::find_if(values.begin(), values.end(),
                              [&](const auto& candidate) { return candidate.name == description.name; });
    if (!node) {
      if (description.required) complain(key, "is required: " + description.doc);
      continue;
    }
    if (value == values.end()) value = values.insert(values.end(), {description.name, description.type, 0, 0, "", {}});
    read_value(*node.node(), key, description, *value);
  }
  return values;
}

void Document::read_value(const toml::node& node, const std::string& key, const ParamDescription& description,
                          ParamValue& value) {
  switch (description.type) {
    case VELETA_NUMBER:
      if (!node.is_number()) return expected(node, key, "a number");
      value.number = *node.value<double>();
      if (std::isnan(value.number)) return expected(node, key, "a number");
      break;
    case VELETA_INTEGER:
      if (!node.is_integer()) return expected(node, key, "an integer");
      value.integer = node.as_integer()->get();
      break;
    case VELETA_FLAG:
      if (!node.is_boolean()) return expected(node, key, "true or false");
      value.integer = node.as_boolean()->get();
      break;
    case VELETA_TEXT: value.text = read_text(node, key, description).value_or(value.text); return;
    case VELETA_LIST: return read_list(node, key, description, value);
    default: return read_table(node, key, value);
  }
  if (const auto problem = problem_with(description, value); !problem.empty()) complain(node.source(), key, problem);
}

std::optional<std::string> Document::read_text(const toml::node& node, const std::string& key,
                                               const ParamDescription& description) {
  auto text = expand(node, key);
  if (!text) return std::nullopt;
  const auto& choices = description.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), *text) == choices.end())
    expected(node, key, description.range(), choices);
  else if (description.required && text->empty())
    complain(node.source(), key, "must not be empty: " + description.doc);
  return text;
}

void Document::read_list(const toml::node& node, const std::string& key, const ParamDescription& description,
                         ParamValue& value) {
  if (!node.is_array()) return expected(node, key, "a list of texts");
  value.items.clear();
  size_t index = 0;
  for (const auto& item : *node.as_array())
    value.items.push_back(read_text(item, fmt::format("{}[{}]", key, index++), description).value_or(""));
}

void Document::read_table(const toml::node& node, const std::string& key, ParamValue& value) {
  if (!node.is_table()) return expected(node, key, "a table");
  value.items.clear();
  for (const auto& [name, item] : *node.as_table()) {
    std::string text;
    const std::string item_key = joined(key, name.str());
    if (item.is_string())
      text = expand(item, item_key).value_or("");
    else if (item.is_integer())
      text = std::to_string(item.as_integer()->get());
    else if (item.is_floating_point())
      text = fmt::format("{}", item.as_floating_point()->get());
    else if (item.is_boolean())
      text = item.as_boolean()->get() ? "true" : "false";
    else
      expected(item, item_key, "a text, a number, true or false");
    value.items.insert(value.items.end(), {std::string(name.str()), text});
  }
}

std::map<std::string, std::string> Document::read_parameters(const toml::table& table, const std::string& path) {
  ParamValue values;
  read_table(table, path, values);
  std::map<std::string, std::string> parameters;
  for (size_t i = 0; i + 1 < values.items.size(); i += 2) parameters[values.items[i]] = values.items[i + 1];
  return parameters_ = parameters;
}

std::optional<std::string> Document::expand(const toml::node& node, const std::string& key) {
  if (!node.is_string()) {
    expected(node, key, "a text");
    return std::nullopt;
  }
  Expansion expansion = expand_environment(node.as_string()->get(), parameters_);
  for (const auto& problem : expansion.problems) complain(node.source(), key, problem);
  if (!expansion.problems.empty()) return std::nullopt;
  return std::move(expansion.text);
}

void Document::refuse_unknown(const toml::table& table, const std::string& path,
                              const std::vector<std::string>& names) {
  std::vector<std::string> known;
  std::map<std::string, std::vector<std::string>> inner;
  for (const auto& name : names) {
    const size_t dot = name.find('.');
    const std::string first = name.substr(0, dot);
    if (std::find(known.begin(), known.end(), first) == known.end()) known.push_back(first);
    if (dot != std::string::npos) inner[first].push_back(name.substr(dot + 1));
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string where = joined(path, name);
    if (std::find(known.begin(), known.end(), name) == known.end())
      complain(key.source(), where, (path.empty() ? "unknown section." : "unknown key.") + hint(name, known));
    else if (!inner.contains(name))
      continue;
    else if (node.is_table())
      refuse_unknown(*node.as_table(), where, inner.at(name));
    else
      expected(node, where, "a table");
  }
}

}  // namespace veleta
