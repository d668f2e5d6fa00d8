#pragma once

#include "plugins/plugin_host.hpp"

namespace veleta::testing {

/// The parameters of the detector "level_watch" of the library that is linked into the test: it gives an alarm when
/// values have been above or below the series' mean by `limit` of its standard deviations, added up. Without
/// `needs_facts` a series of which nothing is known has mean 0 and deviation 1; `fails_at` is a value that it cannot
/// take, and a sum that it cannot keep; of its negative it takes nothing, and alarms, against the contract.
inline ParamValues level_watch_params(double limit, bool needs_facts = true, double fails_at = -1e300) {
  ParamValue threshold, needs, fails;
  threshold.name = "limit";
  threshold.type = fails.type = VELETA_NUMBER;
  threshold.number = limit;
  needs.name = "needs_facts";
  needs.type = VELETA_FLAG;
  needs.integer = needs_facts;
  fails.name = "fails_at";
  fails.number = fails_at;
  return {threshold, needs, fails};
}

}  // namespace veleta::testing
