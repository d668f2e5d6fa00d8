#pragma once

#include <functional>
#include <vector>

#include "moments.hpp"

namespace ridge {

struct Logistic {
  std::vector<double> coefficients;  ///< of the standardised features
  double intercept = 0;              ///< log odds where all of them are 0
};

/// Minimises the sum of logistic losses + lambda / 2 * the sum of squared coefficients by L-BFGS. Passes over the rows
/// once an iteration and keeps no copy of them. Calls `on_iteration` before each pass; what it throws ends the search.
Logistic fit_logistic(const veleta::MatrixView& rows, std::span<const double> targets, const Standardiser& standardiser,
                      double lambda, const std::function<void(int iteration)>& on_iteration);

}  // namespace ridge
