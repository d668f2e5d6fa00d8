#pragma once

#include "document.hpp"

namespace veleta {

/// Complains of what no single key's description can tell: keys that contradict each other, metrics of another task,
/// URIs that name no store. The config is the document's, read as far as that went.
void check_rules(const PipelineConfig& config, Document& document);

}  // namespace veleta
