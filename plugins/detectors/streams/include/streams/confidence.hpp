#pragma once

#include <veleta/detector.hpp>

// Parameters of methods that alarm where a bound would fail with a small chance.

namespace veleta::streams {

inline ParamSpec alarm_confidence_param() {
  return number_param("alarm_confidence", 0.001, "chance at which the bound of the means' distance alarms")
      .min(1e-300)
      .max(1);
}

inline ParamSpec warning_confidence_param() {
  return number_param("warning_confidence", 0.005, "chance at which it warns").min(1e-300).max(1);
}

inline ParamSpec up_or_both_param() {
  return text_param("direction", "up", "which way a change must go").choices({"up", "both"});
}

}  // namespace veleta::streams
