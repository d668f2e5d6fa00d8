#pragma once

#include <string>
#include <vector>

#include "run_context.hpp"

namespace veleta {

/// Columns that the run's batch lacks because later batches brought them: it is not held to these when it is judged
/// again.
std::vector<std::string> later_columns(RunContext& context);

}  // namespace veleta
