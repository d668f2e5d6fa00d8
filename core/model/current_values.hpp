#pragma once

#include "plugins/params.hpp"

namespace veleta {

/// A value for each parameter that the installed plugin has: as recorded with the model, or its default where the
/// parameter came with a later version.
ParamValues current_values(const std::vector<ParamDescription>& params, const ParamValues& recorded);

}  // namespace veleta
