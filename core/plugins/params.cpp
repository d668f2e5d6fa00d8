#include "plugins/params.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace veleta {

namespace {

std::string text_or_nothing(const char* text) { return text ? text : ""; }

/// A text as a TOML basic string.
std::string toml_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const auto byte = static_cast<unsigned char>(c);
    quoted += byte < 0x20 || byte == 0x7F ? fmt::format("\\u{:04X}", byte) : std::string{c};
  }
  return quoted + "\"";
}

std::string toml_list(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const auto& item : items) quoted.push_back(toml_text(item));
  return "[" + join(quoted, ", ") + "]";
}

/// Shortest form, with a point where TOML needs one to see a float.
std::string toml_number(double number) {
  const std::string text = fmt::format("{}", number);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

/// Whole numbers without exponent: 67108864, not 6.71089e+07.
std::string plain_number(double number) {
  const bool whole = std::nearbyint(number) == number && std::abs(number) < 1e15;
  return whole ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
}

bool is_within(const ParamDescription& param, double number) {
  return !(number < param.minimum) && !(number > param.maximum);  // a bound of NaN bounds nothing
}

std::string problem_with_number(const ParamDescription& param, double number) {
  if (std::isnan(number) && std::isnan(param.default_number)) return "";
  if (!std::isfinite(number)) return fmt::format("expected a finite number, found {}", number);
  if (!is_within(param, number)) return fmt::format("expected {}, found {}", param.range(), plain_number(number));
  return "";
}

std::string problem_with_text(const ParamDescription& param, const std::string& text) {
  if (param.choices.empty() || std::ranges::find(param.choices, text) != param.choices.end()) return "";
  return fmt::format("expected {}, found \"{}\".{}", param.range(), text, did_you_mean(text, param.choices));
}

}  // namespace

ParamDescription::ParamDescription(const veleta_param& from)
    : name(text_or_nothing(from.name)),
      doc(text_or_nothing(from.doc)),
      unit(text_or_nothing(from.unit)),
      type(from.type),
      required(from.required != 0),
      default_number(from.default_number),
      default_integer(from.default_integer),
      default_text(text_or_nothing(from.default_text)),
      minimum(from.minimum),
      maximum(from.maximum),
      choices(from.choices, from.choices + (from.choices ? from.choice_count : 0)) {}

std::string ParamDescription::type_name() const {
  switch (type) {
    case VELETA_NUMBER: return "number";
    case VELETA_INTEGER: return "integer";
    case VELETA_FLAG: return "true or false";
    case VELETA_TEXT: return "text";
    case VELETA_LIST: return "list of texts";
    case VELETA_TABLE: return "table";
    default: return "unknown";
  }
}

std::string ParamDescription::range() const {
  if (!choices.empty()) return "one of: " + join(choices, ", ");
  const bool bounded_below = !std::isnan(minimum), bounded_above = !std::isnan(maximum);
  if (bounded_below && bounded_above) return fmt::format("{} to {}", plain_number(minimum), plain_number(maximum));
  if (bounded_below) return plain_number(minimum) + " or more";
  if (bounded_above) return plain_number(maximum) + " or less";
  return "";
}

std::string ParamDescription::default_toml() const {
  if (required) return "";
  switch (type) {
    case VELETA_NUMBER: return std::isnan(default_number) ? "none" : toml_number(default_number);
    case VELETA_INTEGER: return std::to_string(default_integer);
    case VELETA_FLAG: return default_integer ? "true" : "false";
    case VELETA_TEXT: return toml_text(default_text);
    case VELETA_LIST: return toml_list(default_items);
    default: return "{}";
  }
}

std::string problem_with(const ParamDescription& param, const ParamValue& value) {
  if (value.type != param.type) return fmt::format("expected {}, found a value of another type", param.type_name());
  if (param.type == VELETA_NUMBER) return problem_with_number(param, value.number);
  if (param.type == VELETA_INTEGER && !is_within(param, static_cast<double>(value.integer)))
    return fmt::format("expected {}, found {}", param.range(), value.integer);
  if (param.type == VELETA_TEXT) return problem_with_text(param, value.text);
  if (param.type == VELETA_LIST)
    for (const auto& item : value.items)
      if (auto problem = problem_with_text(param, item); !problem.empty()) return problem;
  return "";
}

ParamValues default_values(const std::vector<ParamDescription>& params) {
  ParamValues values;
  for (const auto& param : params)
    if (!param.required)
      values.push_back({param.name, param.type, param.default_number, param.default_integer, param.default_text,
                        param.default_items});
  return values;
}

json::value to_json(const ParamValues& values) {
  json::array array;
  for (const auto& value : values) {
    json::object object{{"name", value.name}, {"type", value.type}};
    switch (value.type) {
      case VELETA_NUMBER: object["value"] = number_or_null(value.number); break;
      case VELETA_INTEGER:
      case VELETA_FLAG: object["value"] = value.integer; break;
      case VELETA_TEXT: object["value"] = value.text; break;
      default: object["value"] = json::array(value.items.begin(), value.items.end());
    }
    array.push_back(std::move(object));
  }
  return array;
}

ParamValues params_from_json(const json::value& value) {
  ParamValues values;
  try {
    for (const auto& item : value.as_array()) {
      const json::object& object = item.as_object();
      ParamValue& param = values.emplace_back();
      param.name = text_or_empty(object, "name");
      param.type = object.at("type").to_number<int32_t>();
      const json::value& content = object.at("value");
      switch (param.type) {
        case VELETA_NUMBER: param.number = number_or_nan(object, "value"); break;
        case VELETA_INTEGER:
        case VELETA_FLAG: param.integer = content.to_number<int64_t>(); break;
        case VELETA_TEXT: param.text = std::string(content.as_string()); break;
        default:
          for (const auto& text : content.as_array()) param.items.emplace_back(text.as_string());
      }
    }
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kBadData, fmt::format("recorded parameters are broken: {}", error.what()));
  }
  return values;
}

}  // namespace veleta
