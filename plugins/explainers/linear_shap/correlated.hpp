#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "veleta/training.hpp"

namespace linear_shap {

/// A square matrix that makes attributions of a row's distance from the mean.
using Transform = std::vector<double>;

/// Shapley values of a linear model with correlated features (v as in conditional.hpp; "correlation_dependent" of the
/// shap package) are linear in the row: the matrix is found once.
struct Correlated {
  Transform mean;
  std::vector<Transform> batches;  ///< means over parts of the orders, as many in each; empty: `mean` is exact
};

/// Models of at most so many features are done exactly, over all coalitions.
inline constexpr size_t kMostExactColumns = 14;
/// Parts that the orders are taken in, to tell how far they differ.
inline constexpr size_t kBatches = 10;

/// Of more features: over at least `pairs` pairs of random opposite orders, in kBatches batches. `go_on` is called now
/// and then with how far it is; it throws to end it.
Correlated correlate(std::span<const double> coefficients, std::span<const double> covariance, size_t pairs,
                     uint64_t seed, const std::function<void(double fraction)>& go_on);

/// Sample covariance, columns * columns, of the rows without a missing value. Throws kUnsupported where they are not
/// more than the columns.
std::vector<double> covariance_of(const veleta::MatrixView& rows);

}  // namespace linear_shap
