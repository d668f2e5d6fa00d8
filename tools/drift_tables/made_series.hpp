#pragma once

#include <string>
#include <vector>

#include "random.hpp"
#include "veleta/series.hpp"

// Series made of random numbers that are the same on every machine.

namespace veleta::drift_tables {

/// Where a series' values come from: errors with a chance, or normal numbers with a mean.
struct Origin {
  bool is_error;
  double level;  ///< the chance, or the mean of numbers with a standard deviation of 1

  std::string name() const;
  std::vector<double> draw(Random& random, size_t count) const;
  /// What a host knows of such a series after these values.
  Series described_by(const std::vector<double>& values) const;
  /// The same, known exactly.
  Series known() const;
};

}  // namespace veleta::drift_tables
