#include "attribution.hpp"

#include <cmath>

namespace veleta {

double settle(std::span<double> attributions, double total) {
  double sum = 0, size = 0;
  for (const double attribution : attributions) {
    sum += attribution;
    size += std::abs(attribution);
  }
  const double rest = total - sum;
  if (size > 0)
    for (double& attribution : attributions) attribution += rest * (std::abs(attribution) / size);
  return rest;
}

double slope(const LogPoint& base, const LogPoint& point) {
  const double step = point.margin - base.margin;
  if (step == 0) return std::exp(base.margin);
  // Two near values would cancel in a difference.
  const double rise = std::abs(step) < 1 ? std::exp(base.margin) * std::expm1(step) : point.value - base.value;
  return rise / step;
}

}  // namespace veleta
