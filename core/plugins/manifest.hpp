#pragma once

#include <filesystem>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta {

/// The plugins that a manifest tells of. One that cannot be read comes as a single summary with its problem.
std::vector<PluginSummary> read_manifest(const std::filesystem::path& file);

/// A manifest or folder of which nothing is known but what is wrong with it.
PluginSummary problem_of(const std::filesystem::path& file, const std::string& problem);

}  // namespace veleta
