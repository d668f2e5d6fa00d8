#include "current_values.hpp"

#include <algorithm>

namespace veleta {

ParamValues current_values(const std::vector<ParamDescription>& params, const ParamValues& recorded) {
  const auto defaults = default_values(params);
  ParamValues values;
  for (const ParamDescription& param : params) {
    const auto same = [&](const ParamValue& value) { return value.name == param.name && value.type == param.type; };
    if (const auto kept = std::ranges::find_if(recorded, same); kept != recorded.end())
      values.push_back(*kept);
    else if (const auto fallback = std::ranges::find_if(defaults, same); fallback != defaults.end())
      values.push_back(*fallback);
  }
  return values;
}

}  // namespace veleta
