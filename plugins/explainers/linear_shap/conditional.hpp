#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace linear_shap {

/// What a linear model is expected to say, beyond what it says of the mean, where some of its features are known and
/// all are Gaussian with one covariance: with d = x - mean, b the coefficients and S the known features,
///
///     v(S) = b_S d_S + b_R (C_RS C_SS^-1) d_S,    R = the others,
///
/// which is a sum of weights times d_S. Features are made known one after the other, and forgotten in the opposite
/// order. A feature that those before it determine, or that does not vary, adds nothing to what is known of the others:
/// a singular covariance loses nothing.
class Conditional {
 public:
  /// Spans must outlive this; `covariance` is columns * columns.
  Conditional(std::span<const double> coefficients, std::span<const double> covariance);

  size_t columns() const { return coefficients_.size(); }
  void learn(size_t feature);
  void forget();
  /// The weights of v(S), a number a column; 0 where it is not known.
  void weights(std::span<double> weights) const;

 private:
  /// Residual variance, of a feature's own, below which those before it determine it.
  static constexpr double kDetermined = 1e-9;

  double covariance(size_t i, size_t j) const { return covariance_[i * columns() + j]; }
  double* factor_row(size_t place) { return &factor_[place * columns()]; }
  const double* factor_row(size_t place) const { return &factor_[place * columns()]; }

  std::span<const double> coefficients_, covariance_;
  std::vector<double> explained_;  ///< covariance times coefficients
  std::vector<size_t> known_;      ///< in the order in which they became known …
  std::vector<bool> is_free_;      ///< … and whether those before did not determine it
  std::vector<size_t> free_;       ///< the known that are free
  std::vector<double> factor_;     ///< Cholesky's factor of their covariance, row by row
};

}  // namespace linear_shap
