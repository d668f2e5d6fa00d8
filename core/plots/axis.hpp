#pragma once

#include <string>
#include <vector>

#include "canvas.hpp"

namespace veleta {

/// Maps values to pixels. Logarithmic axes are of positive values alone.
class Axis {
 public:
  /// From `low` to `high`, both finite, widened where they are one.
  Axis(double low, double high, double first_pixel, double last_pixel, bool logarithmic = false);

  double pixel(double value) const;
  /// Round values within the axis, few enough that their texts fit beside each other.
  std::vector<double> ticks() const;

 private:
  double place(double value) const;

  double low_, high_, first_pixel_, last_pixel_;
  bool logarithmic_;
};

/// A number for people, short: "12", "0.35", "250k", "1.2M", "3.0e-07"; "–" for what is none.
std::string short_number(double number);

}  // namespace veleta
