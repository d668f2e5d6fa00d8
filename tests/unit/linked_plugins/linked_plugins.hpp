#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "plugins/plugin_host.hpp"

namespace veleta::testing {

/// The host of the plugins linked into this program.
PluginHost& linked_plugins();

/// Parameters that differ from their defaults, by name; a table's entries as "query.day". A text is read as what the
/// parameter is.
using Settings = std::map<std::string, std::variant<double, int64_t, std::string>>;

/// A value for each of the plugin's parameters. Throws std::invalid_argument for a parameter that there is not.
ParamValues values_for(PluginKind kind, const std::string& name, const Settings& settings);

}  // namespace veleta::testing
