#pragma once

#include <span>

#include "veleta/abi.h"

namespace veleta {

/// Room for the attributions of some rows, which the caller owns.
struct Attributions {
  std::span<double> values;           ///< rows * outputs * columns, in that order
  std::span<double> base_values;      ///< one an output
  std::span<double> standard_errors;  ///< as values, zeros before the call; empty where nobody asks for them
};

/// What base values and attributions add up to: the margin, or the prediction that its link makes of it.
enum class Space { kMargin = VELETA_MARGIN_SPACE, kResponse = VELETA_RESPONSE_SPACE };

}  // namespace veleta
