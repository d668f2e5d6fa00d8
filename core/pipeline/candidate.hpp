#pragma once

#include <memory>

#include "run_context.hpp"

namespace veleta {

/// What a learner of this run made, as a bundle's parts; metrics and importance are not in it yet.
BundleParts candidate_parts(RunContext& context, const PluginUse& learner);

/// The same, loaded and held against its golden rows. Throws kPlugin, naming the learner, where it does not hold.
std::shared_ptr<const Bundle> open_candidate(RunContext& context, const PluginUse& learner);

}  // namespace veleta
