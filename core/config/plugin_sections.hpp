#pragma once

#include "document.hpp"

namespace veleta {

/// Reads the sections that name plugins into the config: source, drift, learner, explain. Loads each plugin, to check
/// its parameters by its own description. Complains into the document.
void load_plugins(Document& document, PluginHost& plugins, PipelineConfig& config);

}  // namespace veleta
