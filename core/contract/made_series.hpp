#pragma once

#include <string>
#include <vector>

#include "veleta/series.hpp"

namespace veleta::contract {

/// A series that jumps up, and what is told of it before it begins.
struct MadeSeries {
  std::string name;
  Series known;
  std::vector<double> values;
  size_t jumps_at;
};

/// Errors and numbers, with and without what is usual of them being known.
std::vector<MadeSeries> made_series();

}  // namespace veleta::contract
