#pragma once

#include <algorithm>
#include <cmath>

#include "statistics/tails.hpp"

namespace veleta::statistics {

/// A 2 x 2 table of two windows: rows of each, and how many of them are marked.
struct Proportions {
  double reference_marked, reference_rows;
  double current_marked, current_rows;

  double pooled_share() const { return (reference_marked + current_marked) / (reference_rows + current_rows); }
  double difference() const { return current_marked / current_rows - reference_marked / reference_rows; }
  /// The least count that any of the four cells is expected to have.
  double least_expected() const {
    const double share = pooled_share();
    return std::min(share, 1 - share) * std::min(reference_rows, current_rows);
  }
};

/// z of the difference of the shares, with the pooled share in the standard error; 0 where all or no rows are marked.
inline double proportions_z(const Proportions& table) {
  const double share = table.pooled_share();
  const double variance = share * (1 - share) * (1 / table.reference_rows + 1 / table.current_rows);
  return variance > 0 ? table.difference() / std::sqrt(variance) : 0;
}

/// Fisher's exact test, two-sided: the probability of all tables with these margins that are no likelier than this one.
/// Each probability comes from its neighbour by a ratio, starting from the likeliest, so that none overflows.
inline double fisher_exact(const Proportions& table) {
  const double n = table.reference_rows, m = table.current_rows;
  const double marked = table.reference_marked + table.current_marked;
  const double lowest = std::max(0.0, marked - m), highest = std::min(marked, n);
  const double mode = std::clamp(std::floor((marked + 1) * (n + 1) / (n + m + 2)), lowest, highest);
  // Probability of k + 1 marked rows in the reference over that of k.
  auto ratio = [&](double k) { return (marked - k) * (n - k) / ((k + 1) * (m - marked + k + 1)); };

  double observed = 1;  // relative to the mode's
  for (double k = mode; k < table.reference_marked; ++k) observed *= ratio(k);
  for (double k = mode; k > table.reference_marked; --k) observed /= ratio(k - 1);

  constexpr double kAlike = 1 + 1e-7;  // probabilities that differ by rounding alone are the same
  double all = 0, no_likelier = 0;
  auto count = [&](double probability) {
    all += probability;
    if (probability <= observed * kAlike) no_likelier += probability;
    return probability > 0;
  };
  count(1);
  double probability = 1;
  for (double k = mode; k < highest && count(probability *= ratio(k)); ++k) {
  }
  probability = 1;
  for (double k = mode; k > lowest && count(probability /= ratio(k - 1)); --k) {
  }
  return std::min(1.0, no_likelier / all);
}

/// Two-sided p-value of equal shares: by z where every cell is expected to hold 5 rows at least (Cochran's rule), else
/// by Fisher's exact test.
inline double proportions_p(const Proportions& table) {
  if (table.least_expected() < 5) return fisher_exact(table);
  return std::min(1.0, 2 * normal_sf(std::abs(proportions_z(table))));
}

}  // namespace veleta::statistics
