#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <vector>

namespace veleta::cramer_von_mises {

/// P(T >= statistic) of windows of n and m rows without ties, by counting the lattice paths of each T (Xiao, Gordon and
/// Yakovlev 2006, "A C++ program for the Cramér–von Mises two-sample test"). Nothing where a window is larger than 20
/// rows or the count takes longer than the approximation is worth.
inline std::optional<double> exact_p(size_t n, size_t m, double statistic) {
  if (std::max(n, m) > 20) return std::nullopt;
  const size_t common = std::lcm(n, m), n_step = common / n, m_step = common / m;
  const auto rows = static_cast<double>(n + m);
  // T in whole units: the sum of squared distances, each of them in units of 1 / common.
  const double unit = static_cast<double>(n * m) / (rows * rows * static_cast<double>(common * common));
  const auto units = static_cast<size_t>(std::max(0.0, std::nearbyint(statistic / unit)));
  if (static_cast<double>(units) * static_cast<double>(n * m) > 1e7) return std::nullopt;

  // below[j][t]: paths to (i, j) whose sum is t, as long as it is below the statistic's. Whole numbers, which doubles
  // hold exactly: C(40, 20) < 2^53.
  std::vector<std::vector<double>> below(m + 1, std::vector<double>(units, 0.0));
  std::vector<double> all(m + 1, 0.0);
  if (units > 0) below[0][0] = 1;
  all[0] = 1;
  for (size_t i = 0; i <= n; ++i)
    for (size_t j = 0; j <= m; ++j) {
      const size_t across = i * n_step, up = j * m_step;
      const size_t distance = across > up ? across - up : up - across, square = distance * distance;
      for (size_t t = units; t-- > 0;) {
        const double before = t < square ? 0 : below[j][t - square];
        below[j][t] = before + (t < square || j == 0 ? 0 : below[j - 1][t - square]);
      }
      if (j > 0) all[j] += all[j - 1];
    }
  double fewer = 0;
  for (const double paths : below[m]) fewer += paths;
  return (all[m] - fewer) / all[m];
}

}  // namespace veleta::cramer_von_mises
