#pragma once

#include <vector>

#include "veleta/training.hpp"

namespace ridge {

/// Mean and scale of each feature: standardised, it is (x - mean) * inverse_deviation. A feature that does not vary has
/// an inverse_deviation of 0, which takes it out of the model.
struct Standardiser {
  std::vector<double> means, inverse_deviations;
};

Standardiser measure(const veleta::MatrixView& rows);

/// Writes one standardised row.
void standardise(const Standardiser& by, const float* row, std::vector<double>& out);

/// All that least squares needs to know of the rows: sums over standardised features z and centred targets t.
struct Moments {
  std::vector<double> products;     ///< of z_i z_j, row by row; both triangles
  std::vector<double> with_target;  ///< of z_i t
  double target_mean = 0;
  double target_squares = 0;  ///< of t t
};

/// Passes over the rows once; keeps no copy of them.
Moments accumulate(const veleta::MatrixView& rows, std::span<const double> targets, const Standardiser& standardiser);

}  // namespace ridge
