#pragma once

#include "plugins/plugin_host.hpp"
#include "veleta/abi.h"

namespace veleta {

/// The plugin of a library that a manifest tells of. Throws kPlugin if the library does not hold it in that version.
const veleta_plugin& find_plugin(const veleta_library& library, const PluginSummary& summary);

/// Checks a plugin's table and its parameters, and copies what they say. Throws kPlugin, naming the first thing that is
/// missing or makes no sense.
PluginDescription checked_description(const veleta_plugin& plugin, PluginSummary summary);

}  // namespace veleta
