#pragma once

#include <span>
#include <vector>

namespace veleta {

/// Rows in bins whose edges were fixed beforehand, such as quantiles of a reference.
struct BinnedRows {
  std::vector<double> rows;  ///< of each bin: one more than there are edges
  double missing_count = 0;  ///< NaN
};

/// Counts numbers in the bins between ascending edges, one pass without a sort or a branch a number; its cost grows
/// with the number of edges, and below some 20 it keeps up with memory. A number that equals an edge belongs below it.
BinnedRows count_in_bins(std::span<const double> numbers, std::span<const double> edges);

}  // namespace veleta
