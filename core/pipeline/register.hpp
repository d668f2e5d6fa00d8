#pragma once

#include "run_context.hpp"

namespace veleta {

/// The bundle that a run registers for a learner that it trained and evaluated, complete: with its metrics, the profile
/// of its window, and what its columns weigh. Releases the window.
BundleParts complete_parts(RunContext& context, const PluginUse& learner);

}  // namespace veleta
