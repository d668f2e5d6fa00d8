#pragma once

#include <span>

namespace veleta {

/// Moves the attributions so that they add up to `total`, each in proportion to its size, and returns what they were
/// off by. Meant for what rounding in the model's own sum leaves.
double settle(std::span<double> attributions, double total);

/// A row's margin, log(1 + y), and what it stands for.
struct LogPoint {
  double margin = 0;
  double value = 0;  ///< y
};

/// The factor that turns attributions of log(1 + y), which add up from base to point, into attributions of y: the slope
/// between the two.
double slope(const LogPoint& base, const LogPoint& point);

}  // namespace veleta
