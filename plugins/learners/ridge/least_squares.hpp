#pragma once

#include <vector>

#include "moments.hpp"

namespace ridge {

struct LeastSquares {
  std::vector<double> coefficients;  ///< of the standardised features
  double lambda = 0;                 ///< as given or chosen
};

/// Minimises the sum of squared errors + lambda * the sum of squared coefficients. A negative lambda is chosen by
/// generalised cross-validation (Golub, Heath and Wahba 1979, eq. 1.4), which stands in for leaving out each row in
/// turn and needs the moments alone. Directions in which the features do not vary get no weight.
LeastSquares solve(const Moments& moments, size_t rows, double lambda);

}  // namespace ridge
