#pragma once

#include <cstddef>
#include <vector>

namespace tree_shap {

/// Integrates over 0..1: the sum of weights[i] * f(points[i]). All points lie strictly inside.
struct Quadrature {
  std::vector<double> points, weights;
};

/// The Gauss–Legendre rule of `count` points, exact for polynomials of degree 2 * count - 1. Points are found as the
/// roots of the Legendre polynomial by Newton's method (Press et al., Numerical Recipes, section 4.6).
Quadrature gauss_legendre(size_t count);

}  // namespace tree_shap
