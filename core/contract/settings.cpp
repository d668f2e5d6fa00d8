#include "settings.hpp"

#include <fmt/format.h>
#include <charconv>

#include "base/text.hpp"
#include "check.hpp"

namespace veleta::contract {

namespace {

template <typename Number>
Number parsed(const ParamDescription& param, const std::string& text) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("parameter '{}': expected {}, found \"{}\"", param.name, param.type_name(), text));
  return number;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string> table_items(const ParamDescription& param, const std::string& text) {
  std::vector<std::string> items;
  for (const auto& entry : split(text, ',')) {
    const size_t equals = entry.find('=');
    if (equals == std::string::npos)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("parameter '{}': expected name=text, found \"{}\"", param.name, entry));
    items.insert(items.end(), {entry.substr(0, equals), entry.substr(equals + 1)});
  }
  return items;
}

ParamValue value_of(const ParamDescription& param, const std::string& text) {
  ParamValue value{param.name, param.type, 0, 0, "", {}};
  switch (param.type) {
    case VELETA_NUMBER: value.number = parsed<double>(param, text); break;
    case VELETA_INTEGER: value.integer = parsed<int64_t>(param, text); break;
    case VELETA_FLAG:
      if (text != "true" && text != "false")
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("parameter '{}': expected true or false, found \"{}\"", param.name, text));
      value.integer = text == "true";
      break;
    case VELETA_TEXT: value.text = text; break;
    case VELETA_LIST: value.items = split(text, ','); break;
    default: value.items = table_items(param, text);
  }
  if (const std::string problem = problem_with(param, value); !problem.empty())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("parameter '{}': {}", param.name, problem));
  return value;
}

void require_described(const std::vector<ParamDescription>& params,
                       const std::map<std::string, std::string>& settings) {
  std::vector<std::string> names;
  for (const auto& param : params) names.push_back(param.name);
  for (const auto& [name, text] : settings)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("there is no parameter '{}'.{}", name, did_you_mean(name, names)));
}

}  // namespace

ParamValues values_of(const std::vector<ParamDescription>& params, const std::map<std::string, std::string>& settings) {
  require_described(params, settings);
  ParamValues values = default_values(params);
  for (const auto& param : params) {
    const auto given = settings.find(param.name);
    if (given == settings.end() && param.required)
      throw NotApplicable(fmt::format("parameter '{0}' has no default: give it with --set {0}=VALUE", param.name));
    if (given == settings.end()) continue;
    std::erase_if(values, [&](const ParamValue& value) { return value.name == param.name; });
    values.push_back(value_of(param, given->second));
  }
  return values;
}

}  // namespace veleta::contract
