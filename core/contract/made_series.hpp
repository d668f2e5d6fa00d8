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

std::vector<double> joined(std::vector<double> first, const std::vector<double>& second);

/// What a host would tell of the series after these values.
Series described(const std::vector<double>& values, bool is_error = false);

/// Errors and numbers, with and without what is usual of them being known.
std::vector<MadeSeries> made_series();

}  // namespace veleta::contract
