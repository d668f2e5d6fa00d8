#include "least_squares.hpp"

#include <dlib/matrix.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace ridge {
namespace {

using Matrix = dlib::matrix<double>;
using Vector = dlib::matrix<double, 0, 1>;

/// The moments along the principal axes of the features, where each coefficient is found by itself.
struct Axes {
  Matrix vectors;  ///< one axis a column
  Vector spread;   ///< sum of squares along each axis; 0 where it is rounding only
  Vector target;   ///< sum of products with the target along each axis
};

Axes principal_axes(const Moments& moments) {
  const auto columns = static_cast<long>(moments.with_target.size());
  const dlib::eigenvalue_decomposition<Matrix> decomposition(
      dlib::make_symmetric(dlib::mat(moments.products.data(), columns, columns)));
  Axes axes{decomposition.get_pseudo_v(), decomposition.get_real_eigenvalues(), {}};
  const double smallest = dlib::max(axes.spread) * 1e-12;
  for (double& spread : axes.spread)
    if (spread <= smallest) spread = 0;
  axes.target = dlib::trans(axes.vectors) * dlib::mat(moments.with_target);
  return axes;
}

/// Mean squared error of leaving one row out, as generalised cross-validation estimates it.
double generalised_error(const Axes& axes, const Moments& moments, double rows, double lambda) {
  double residual = moments.target_squares, free = rows - 1;  // one for the intercept
  for (long axis = 0; axis < axes.spread.size(); ++axis) {
    const double spread = axes.spread(axis), target = axes.target(axis);
    if (spread == 0) continue;
    const double coefficient = target / (spread + lambda);
    residual -= coefficient * (2 * target - spread * coefficient);
    free -= spread / (spread + lambda);
  }
  if (free < 1e-9 * rows) return std::numeric_limits<double>::infinity();
  return rows * std::max(residual, 0.0) / (free * free);
}

/// The best of a geometric grid, from next to nothing to ten times the spread of a standardised feature.
double choose_lambda(const Axes& axes, const Moments& moments, double rows) {
  constexpr int kSteps = 100;
  double best = rows, least_error = std::numeric_limits<double>::infinity();
  for (int step = 0; step <= kSteps; ++step) {
    const double lambda = rows * std::pow(10.0, 1 - 10.0 * step / kSteps);
    const double error = generalised_error(axes, moments, rows, lambda);
    if (error < least_error) least_error = error, best = lambda;
  }
  return best;
}

}  // namespace

LeastSquares solve(const Moments& moments, size_t rows, double lambda) {
  const Axes axes = principal_axes(moments);
  if (lambda < 0) lambda = choose_lambda(axes, moments, static_cast<double>(rows));
  Vector along(axes.spread.size());
  for (long axis = 0; axis < along.size(); ++axis)
    along(axis) = axes.spread(axis) == 0 ? 0 : axes.target(axis) / (axes.spread(axis) + lambda);
  const Vector coefficients = axes.vectors * along;
  return {{coefficients.begin(), coefficients.end()}, lambda};
}

}  // namespace ridge
