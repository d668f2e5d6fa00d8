#pragma once

#include <cstddef>

#include "instance.hpp"
#include "veleta/abi.h"

namespace veleta {

/// Check a model's view, for a model of so many columns, in one pass: after it a reader may follow the arrays blindly.
/// Throw kPlugin, naming the node or coefficient.
void check_trees(const PluginInstance& plugin, const veleta_trees& trees, size_t columns);
void check_linear(const PluginInstance& plugin, const veleta_linear& linear, size_t columns);

}  // namespace veleta
