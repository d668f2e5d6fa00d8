#pragma once

#include "statistics/categories.hpp"

namespace veleta::statistics {

/// G = 2 sum O ln(O / E), the likelihood-ratio test of homogeneity of a 2 x K table (Wilks 1938).
inline ChiSquared likelihood_ratio(const GroupCounts& groups) {
  const double n = total(groups.reference), m = total(groups.current);
  double sum = 0;
  for (size_t i = 0; i < groups.reference.size(); ++i) {
    const double rows = groups.reference[i] + groups.current[i];
    if (rows == 0) continue;
    for (const auto& [observed, window] : {std::pair(groups.reference[i], n), std::pair(groups.current[i], m)})
      if (observed > 0) sum += observed * std::log(observed * ((n + m) / window) / rows);
  }
  return {std::max(0.0, 2 * sum), std::max(0.0, occupied(groups) - 1)};
}

/// What G is to be divided by (Williams 1976, "Improved likelihood ratio tests for complete contingency tables"):
/// 1 + (N (1/n + 1/m) - 1) (N sum 1/R - 1) / (6 N df), where R are the groups' rows in both windows.
inline double williams_factor(const GroupCounts& groups, double degrees_of_freedom) {
  const double n = total(groups.reference), m = total(groups.current), all = n + m;
  double inverse_rows = 0;
  for (size_t i = 0; i < groups.reference.size(); ++i)
    if (const double rows = groups.reference[i] + groups.current[i]; rows > 0) inverse_rows += 1 / rows;
  return 1 + (all / n + all / m - 1) * (all * inverse_rows - 1) / (6 * all * degrees_of_freedom);
}

}  // namespace veleta::statistics
