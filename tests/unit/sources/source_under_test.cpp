#include "source_under_test.hpp"

#include <algorithm>
#include <stdexcept>

#include "plugins/plugin_host.hpp"

namespace veleta::testing {

namespace {

PluginHost& host() {
  static auto& instance = []() -> PluginHost& {
    static PluginHost made({});
    made.add_static(&veleta_library_entry);
    return made;
  }();
  return instance;
}

void set(ParamValue& value, const std::string& text) {
  switch (value.type) {
    case VELETA_NUMBER: value.number = std::stod(text); break;
    case VELETA_INTEGER: value.integer = std::stoll(text); break;
    default: value.text = text;
  }
}

void apply(ParamValues& values, const std::string& name, const std::string& text) {
  if (const auto exact = std::ranges::find(values, name, &ParamValue::name); exact != values.end())
    return set(*exact, text);
  const size_t dot = name.find('.');
  const auto table = std::ranges::find(values, name.substr(0, dot), &ParamValue::name);
  if (dot == std::string::npos || table == values.end()) throw std::invalid_argument("no parameter " + name);
  table->items.insert(table->items.end(), {name.substr(dot + 1), text});
}

// Required parameters have no default value to change: they get an empty one first.
ParamValues values_of(const std::vector<ParamDescription>& params, const Settings& settings) {
  ParamValues values = default_values(params);
  for (const ParamDescription& param : params)
    if (param.required) values.push_back({param.name, param.type, 0, 0, "", {}});
  for (const auto& [name, text] : settings) apply(values, name, text);
  return values;
}

}  // namespace

std::unique_ptr<SourceHandle> make_source(const std::string& name, const Settings& settings, PluginServices services) {
  const auto& params = host().describe(PluginKind::kSource, name).params;
  return host().create_source(name, values_of(params, settings), std::move(services));
}

Taken take(SourceHandle& source, const std::optional<std::string>& cursor) {
  Taken taken;
  try {
    taken.batch = source.next(cursor, [&](std::string_view bytes) { taken.payload += bytes; });
  } catch (const Error& error) {
    taken.error = error.code();
    taken.message = error.what();
  }
  return taken;
}

}  // namespace veleta::testing
