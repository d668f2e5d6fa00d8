#pragma once

#include <optional>
#include <string>

#include "run_context.hpp"

namespace veleta {

/// Why the training window, the run's batch included, cannot be trained on, where that is so: too few rows, or a target
/// that no learner could take. Other batches may change it; trying again does not.
std::optional<std::string> reason_not_to_train(RunContext& context);

}  // namespace veleta
