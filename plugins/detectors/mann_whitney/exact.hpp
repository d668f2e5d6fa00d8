#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace veleta::mann_whitney {

/// Whether windows are few enough rows for the exact distribution; beyond, the normal one is as good.
inline bool is_exact(double n, double m) { return std::min(n, m) <= 8 && n * m <= 2000; }

/// Two-sided p-value of the greater U of windows of n and m rows without ties. The probabilities of U for n and m come
/// from those for n - 1 and m - 1 (Mann and Whitney 1947, eq. 3): the highest row of all is of the first window with
/// chance n / (n + m), and then exceeds all m others.
inline double exact_p(size_t n, size_t m, double greater_u) {
  if (n < m) std::swap(n, m);  // the same distribution, in fewer steps
  using Row = std::vector<double>;
  std::vector<Row> chances(m + 1, Row(n * m + 1, 0.0));  // [j][u] for i rows of the first window
  for (Row& row : chances) row[0] = 1;
  for (size_t i = 1; i <= n; ++i)
    for (size_t j = 1; j <= m; ++j) {
      const double own = static_cast<double>(i) / static_cast<double>(i + j);
      Row& row = chances[j];
      for (size_t u = i * j; u != static_cast<size_t>(-1); --u)
        row[u] = (u >= j ? own * row[u - j] : 0) + (1 - own) * chances[j - 1][u];
    }
  double tail = 0;
  for (auto u = static_cast<size_t>(std::ceil(greater_u)); u <= n * m; ++u) tail += chances[m][u];
  return std::min(1.0, 2 * tail);
}

}  // namespace veleta::mann_whitney
