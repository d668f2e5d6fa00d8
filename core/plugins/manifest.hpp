#pragma once

#include <filesystem>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta {

/// The plugins that a manifest tells of. One that cannot be read comes as a single summary with its problem.
std::vector<PluginSummary> read_manifest(const std::filesystem::path& file);

}  // namespace veleta
