#pragma once

#include <fmt/format.h>
#include <cmath>
#include <string>

#include "veleta/drift.hpp"
#include "veleta/error.hpp"

// What detectors say to people.

namespace veleta::statistics {

/// "33 %", "0.021 %".
inline std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

/// A number with at most six digits behind its leading one: "312,000", "0.25".
inline std::string number(double value) {
  if (std::abs(value) < 10000 || std::abs(value) >= 1e15) return fmt::format("{:.6g}", value);
  std::string digits = fmt::format("{:.0f}", value);
  for (size_t at = digits.size() - 3; at > (value < 0 ? 1U : 0U) && at < digits.size(); at -= 3) digits.insert(at, ",");
  return digits;
}

/// Throws kUnsupported where either window has no present value.
template <typename Sample>
void require_values(const Sample& reference, const Sample& current) {
  if (!(reference.row_count > 0)) throw Error(ErrorCode::kUnsupported, "the reference has no present values");
  if (!(current.row_count > 0)) throw Error(ErrorCode::kUnsupported, "the current window has no present values");
}

}  // namespace veleta::statistics
