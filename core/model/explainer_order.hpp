#pragma once

#include <string>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta {

/// The explainers to try on a model, best first: `preferred`, if there is one; then those that read a view; those that
/// ask any model for margins; those that estimate. Within these by name. One that is taken only by name is not among
/// them, unless it is the preferred one. Those that cannot be loaded come last.
std::vector<std::string> explainers_to_try(PluginHost& plugins, const std::string& preferred);

}  // namespace veleta
