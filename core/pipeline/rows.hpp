#pragma once

#include <cstddef>
#include <vector>

namespace veleta {

/// The values at `rows`, in that order.
std::vector<double> pick(const std::vector<double>& values, const std::vector<size_t>& rows);

/// Up to `count` of the rows, evenly spread.
std::vector<size_t> spread(const std::vector<size_t>& rows, size_t count);

}  // namespace veleta
