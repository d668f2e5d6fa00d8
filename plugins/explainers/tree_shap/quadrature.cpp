#include "quadrature.hpp"

#include <cmath>
#include <numbers>

namespace tree_shap {
namespace {

struct Legendre {
  double value, derivative;
};

/// The Legendre polynomial of a degree of at least 1 at -1 < x < 1, by its recurrence.
Legendre legendre(size_t degree, double x) {
  double previous = 1, current = x;
  for (size_t n = 2; n <= degree; ++n) {
    const double next = ((2 * n - 1.0) * x * current - (n - 1.0) * previous) / static_cast<double>(n);
    previous = current;
    current = next;
  }
  return {current, static_cast<double>(degree) * (x * current - previous) / (x * x - 1)};
}

}  // namespace

Quadrature gauss_legendre(size_t count) {
  Quadrature rule{std::vector<double>(count), std::vector<double>(count)};
  for (size_t i = 0; i < count; ++i) {
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(count) + 0.5));
    for (double step = 1; std::abs(step) > 1e-12;) {  // converges quadratically: the last step leaves rounding alone
      const Legendre at = legendre(count, x);
      step = at.value / at.derivative;
      x -= step;
    }
    const double derivative = legendre(count, x).derivative;
    rule.points[i] = (1 - x) / 2;
    rule.weights[i] = 1 / ((1 - x * x) * derivative * derivative);
  }
  return rule;
}

}  // namespace tree_shap
