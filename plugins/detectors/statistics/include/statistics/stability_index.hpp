#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "statistics/tails.hpp"

// The population stability index (Lewis 1994; Siddiqi 2006).

namespace veleta::statistics {

/// sum (q - p) ln(q / p) over the shares of the bins, none of which may be zero.
inline double stability_index(std::span<const double> reference_shares, std::span<const double> current_shares) {
  double index = 0;
  for (size_t i = 0; i < reference_shares.size(); ++i)
    index += (current_shares[i] - reference_shares[i]) * std::log(current_shares[i] / reference_shares[i]);
  return index;
}

/// The bins' shares of all rows; an empty bin gets the share `zero_fill`, and the others keep theirs.
inline std::vector<double> filled_shares(const std::vector<double>& counts, double zero_fill) {
  double rows = 0;
  for (const double count : counts) rows += count;
  std::vector<double> shares;
  for (const double count : counts) shares.push_back(count > 0 ? count / rows : zero_fill);
  return shares;
}

/// 1/n + 1/m. Where nothing moved, the index over it is chi-squared with one degree of freedom less than there are bins
/// (Yurdakul and Naranjo 2020, "Statistical properties of the population stability index").
inline double stability_scale(double reference_rows, double current_rows) {
  return 1 / reference_rows + 1 / current_rows;
}

/// P(index >= value) where nothing moved.
inline double stability_sf(double value, double bins, double reference_rows, double current_rows) {
  return bins < 2 ? 1 : chi_squared_sf(value / stability_scale(reference_rows, current_rows), bins - 1);
}

/// The index that chance exceeds with probability `alpha` where nothing moved.
inline double stability_threshold(double alpha, double bins, double reference_rows, double current_rows) {
  return chi_squared_quantile(alpha, bins - 1) * stability_scale(reference_rows, current_rows);
}

}  // namespace veleta::statistics
