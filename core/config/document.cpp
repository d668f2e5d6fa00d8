#include "document.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/text.hpp"

namespace veleta {

namespace {

std::string found_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return fmt::format("the text \"{}\"", node.as_string()->get());
    case toml::node_type::integer: return fmt::format("the integer {}", node.as_integer()->get());
    case toml::node_type::floating_point: return fmt::format("the number {}", node.as_floating_point()->get());
    case toml::node_type::boolean: return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array: return "a list";
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

/// The node at a dotted name.
const toml::node* find(const toml::table& table, const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return table.get(name);
  const toml::node* inner = table.get(name.substr(0, dot));
  return inner && inner->is_table() ? find(*inner->as_table(), name.substr(dot + 1)) : nullptr;
}

bool starts_with_part(const std::string& name, const std::string& part) { return name.starts_with(part + "."); }

}  // namespace

Document::Document(std::filesystem::path file, const std::string& text) : file_(std::move(file)) {
  try {
    root_ = toml::parse(text, file_.string());
  } catch (const toml::parse_error& error) {
    diagnostics_.push_back(
        {file_, error.source().begin.line, error.source().begin.column, "", std::string(error.description())});
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
    return diagnostic.key == section || diagnostic.key.starts_with(section + ".");
  });
}

void Document::complain(const toml::node& at, const std::string& key, const std::string& message) {
  diagnostics_.push_back({file_, at.source().begin.line, at.source().begin.column, key, message});
}

void Document::complain_absent(const toml::node* section, const std::string& key, const std::string& message) {
  const auto place = section ? section->source().begin : toml::source_position{1, 1};
  diagnostics_.push_back({file_, std::max<size_t>(1, place.line), std::max<size_t>(1, place.column), key, message});
}

void Document::expected(const toml::node& node, const std::string& key, const std::string& what) {
  complain(node, key, fmt::format("expected {}, found {}", what, found_text(node)));
}

ParamValues Document::read(const toml::table& table, const std::string& path,
                           const std::vector<ParamDescription>& keys) {
  ParamValues values = default_values(keys);
  for (const auto& description : keys) {
    const std::string key = joined(path, description.name);
    const toml::node* node = find(table, description.name);
    auto value = std::find_if(values.begin(), values.end(),
                              [&](const auto& candidate) { return candidate.name == description.name; });
    if (!node) {
      if (description.required) complain_absent(&table, key, "is required: " + description.doc);
      continue;
    }
    if (value == values.end()) value = values.insert(values.end(), {description.name, description.type, 0, 0, "", {}});
    read_value(*node, key, description, *value);
  }
  return values;
}

void Document::read_value(const toml::node& node, const std::string& key, const ParamDescription& description,
                          ParamValue& value) {
  switch (description.type) {
    case VELETA_NUMBER:
      if (!node.is_number()) return expected(node, key, "a number");
      value.number = *node.value<double>();
      return check_range(node, key, description, value.number);
    case VELETA_INTEGER:
      if (!node.is_integer()) return expected(node, key, "an integer");
      value.integer = node.as_integer()->get();
      return check_range(node, key, description, static_cast<double>(value.integer));
    case VELETA_FLAG:
      if (!node.is_boolean()) return expected(node, key, "true or false");
      value.integer = node.as_boolean()->get();
      return;
    case VELETA_TEXT: return read_text(node, key, description, value);
    case VELETA_LIST: return read_list(node, key, value);
    default: return read_table(node, key, value);
  }
}

void Document::check_range(const toml::node& node, const std::string& key, const ParamDescription& description,
                           double number) {
  if (std::isnan(number) || number < description.minimum || number > description.maximum)
    complain(node, key, fmt::format("expected {}, found {:g}", description.range(), number));
}

void Document::read_text(const toml::node& node, const std::string& key, const ParamDescription& description,
                         ParamValue& value) {
  if (!node.is_string()) return expected(node, key, "a text");
  value.text = expand(node, key, node.as_string()->get());
  const auto& choices = description.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value.text) == choices.end())
    complain(node, key,
             fmt::format("expected {}, found \"{}\".{}", description.range(), value.text,
                         did_you_mean(value.text, choices)));
  else if (description.required && value.text.empty())
    complain(node, key, "must not be empty: " + description.doc);
}

void Document::read_list(const toml::node& node, const std::string& key, ParamValue& value) {
  if (!node.is_array()) return expected(node, key, "a list of texts");
  value.items.clear();
  size_t index = 0;
  for (const auto& item : *node.as_array()) {
    const std::string item_key = fmt::format("{}[{}]", key, index++);
    if (item.is_string())
      value.items.push_back(expand(item, item_key, item.as_string()->get()));
    else
      expected(item, item_key, "a text");
  }
}

void Document::read_table(const toml::node& node, const std::string& key, ParamValue& value) {
  if (!node.is_table()) return expected(node, key, "a table");
  value.items.clear();
  for (const auto& [name, item] : *node.as_table()) {
    std::string text;
    const std::string item_key = joined(key, name.str());
    if (item.is_string())
      text = expand(item, item_key, item.as_string()->get());
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

void Document::refuse_unknown(const toml::table& table, const std::string& path,
                              const std::vector<ParamDescription>& keys, const std::vector<std::string>& others) {
  std::vector<std::string> known = others;
  for (const auto& description : keys) known.push_back(description.name);
  for (const auto& [name, node] : table) {
    const std::string key(name.str());
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::vector<ParamDescription> inner;
    for (const auto& description : keys)
      if (starts_with_part(description.name, key)) {
        inner.push_back(description);
        inner.back().name = description.name.substr(key.size() + 1);
      }
    if (!inner.empty() && node.is_table())
      refuse_unknown(*node.as_table(), joined(path, key), inner, {});
    else if (!inner.empty())
      expected(node, joined(path, key), "a table");
    else
      complain(node, joined(path, key), "unknown key." + did_you_mean(key, known));
  }
}

std::string Document::expand(const toml::node& at, const std::string& key, const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      result += "${";
      i += 3;
      continue;
    }
    const size_t end = text.compare(i, 2, "${") == 0 ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      result += text[i++];
      continue;
    }
    const std::string inside = text.substr(i + 2, end - i - 2);
    const size_t fallback = inside.find(":-");
    const std::string name = inside.substr(0, fallback);
    if (const char* value = std::getenv(name.c_str()))
      result += value;
    else if (fallback != std::string::npos)
      result += inside.substr(fallback + 2);
    else
      complain(at, key, fmt::format("the environment variable {} is not set", name));
    i = end + 1;
  }
  return result;
}

}  // namespace veleta
