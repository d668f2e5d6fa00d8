#include "linked_plugins.hpp"

#include <algorithm>
#include <stdexcept>

namespace veleta::testing {

namespace {

struct Setter {
  ParamValue& value;

  template <typename Number>
  void operator()(Number number) const {
    value.number = static_cast<double>(number);
    value.integer = static_cast<int64_t>(number);
  }
  void operator()(const std::string& text) const {
    if (value.type == VELETA_NUMBER)
      value.number = std::stod(text);
    else if (value.type == VELETA_INTEGER)
      value.integer = std::stoll(text);
    else
      value.text = text;
  }
};

void apply(ParamValues& values, const std::string& name, const Settings::mapped_type& setting) {
  if (const auto exact = std::ranges::find(values, name, &ParamValue::name); exact != values.end())
    return std::visit(Setter{*exact}, setting);
  const size_t dot = name.find('.');
  const auto table = std::ranges::find(values, name.substr(0, dot), &ParamValue::name);
  if (dot == std::string::npos || table == values.end()) throw std::invalid_argument("no parameter " + name);
  table->items.insert(table->items.end(), {name.substr(dot + 1), std::get<std::string>(setting)});
}

}  // namespace

PluginHost& linked_plugins() {
  static PluginHost& host = []() -> PluginHost& {
    static PluginHost made({});
    made.add_static(&veleta_library_entry);
    return made;
  }();
  return host;
}

// Required parameters have no default value to change: they get an empty one first.
ParamValues values_for(PluginKind kind, const std::string& name, const Settings& settings) {
  const auto& params = linked_plugins().describe(kind, name).params;
  ParamValues values = default_values(params);
  for (const ParamDescription& param : params)
    if (param.required) values.push_back({param.name, param.type, 0, 0, "", {}});
  for (const auto& [setting, value] : settings) apply(values, setting, value);
  return values;
}

}  // namespace veleta::testing
