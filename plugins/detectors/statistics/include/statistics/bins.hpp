#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "statistics/categories.hpp"
#include "statistics/wording.hpp"
#include "veleta/params.hpp"

// Numeric columns as counts of bins: what the statistics of groups are computed from.

namespace veleta::statistics {

/// Groups that are expected to hold fewer rows make chi-squared null distributions too narrow.
inline constexpr double kMinRowsPerGroup = 20;

/// Rows of both windows in ascending bins.
struct Bins {
  GroupCounts groups;
  std::vector<double> first, last;  ///< the least and the greatest value in each bin
};

/// Counts both windows in the reference's own quantile bins, so that the current window cannot move the edges. A value
/// that has a bin's worth of the reference's rows is a bin of its own; what lies before it joins it only where too few
/// rows are expected there. Bins without a row of either window are left out. One pass over the shared values.
inline Bins quantile_bins(const NumericSample& reference, const NumericSample& current, double bin_count) {
  constexpr double kRounding = 1e-12;  // of sums of rows, which may be fractions
  const double step = reference.row_count / bin_count * (1 - kRounding);
  Bins bins;
  const double fewest = std::min(reference.row_count, current.row_count);
  const double least = kMinRowsPerGroup / 2 * reference.row_count / fewest;  // before a value that fills a bin
  size_t first = 0;
  double reference_rows = 0, current_rows = 0;  // of the bin that is open
  auto close_before = [&](size_t next) {
    if (reference_rows + current_rows > 0) {
      bins.groups.add(reference_rows, current_rows);
      bins.first.push_back(reference.values[first]);
      bins.last.push_back(reference.values[next - 1]);
    }
    first = next;
    reference_rows = current_rows = 0;
  };

  double below = 0, bin = 1;
  for (size_t i = 0; i < reference.values.size(); ++i) {
    const double rows = reference.rows[i];
    const bool fills_a_bin = rows >= step;
    if (fills_a_bin && (reference_rows == 0 || reference_rows >= least)) close_before(i);
    reference_rows += rows;
    current_rows += current.rows[i];
    below += rows;
    if (!fills_a_bin && (bin >= bin_count || below < bin * step)) continue;
    close_before(i + 1);
    bin = std::max(bin, std::floor(below / step * (1 + kRounding)) + 1);
  }
  close_before(reference.values.size());
  return bins;
}

/// "12 to 30.5", or the one value of the bin.
inline std::string place(const Bins& bins, size_t bin) {
  const double first = bins.first[bin], last = bins.last[bin];
  return first == last ? number(first) : number(first) + " to " + number(last);
}

/// As many bins as the windows' rows suffice for, `at_most` but two at least.
inline double bins_for(double reference_rows, double current_rows, double at_most) {
  return std::clamp(std::floor(std::min(reference_rows, current_rows) / kMinRowsPerGroup), 2.0, at_most);
}

/// +1 where a current row is likelier to lie above a reference row than below, -1 where below, over ascending groups:
/// the sign of Mann and Whitney's U.
inline int direction(const GroupCounts& groups) {
  double below = 0, all = 0, above = 0;  // rows of the reference; pairs above less pairs below
  for (const double rows : groups.reference) all += rows;
  double pairs = 0;
  for (size_t i = 0; i < groups.reference.size(); ++i) {
    const double rest = all - below - groups.reference[i];
    above += groups.current[i] * (below - rest);
    pairs += groups.current[i] * all;
    below += groups.reference[i];
  }
  if (std::abs(above) <= 1e-12 * pairs) return 0;
  return above > 0 ? 1 : -1;
}

inline ParamSpec bins_param() {
  return integer_param("bins", 10, "quantile bins of the reference; fewer where rows are few").min(2).max(1000);
}

}  // namespace veleta::statistics
