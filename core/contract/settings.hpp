#pragma once

#include <map>
#include <string>
#include <vector>

#include "plugins/params.hpp"

namespace veleta::contract {

/// A value for each parameter: the one of `settings`, written as text, or the default. A list's texts have commas
/// between them, a table is `name=text` with commas between. Throws kInvalidArgument for a name that is not described
/// or a text that is no value of it, NotApplicable where a parameter has neither default nor setting.
ParamValues values_of(const std::vector<ParamDescription>& params, const std::map<std::string, std::string>& settings);

}  // namespace veleta::contract
