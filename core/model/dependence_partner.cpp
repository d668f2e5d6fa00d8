#include "dependence_partner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace veleta {

namespace {

constexpr size_t kWindows = 10;
constexpr size_t kMaxWindowRows = 50;
/// Fewer correlate by chance.
constexpr size_t kMinPairs = 3;

/// |Pearson's correlation| over the rows where both are there; 0 where either does not vary.
double correlation(std::span<const size_t> rows, std::span<const double> a, std::span<const double> b) {
  double count = 0, mean_a = 0, mean_b = 0;
  for (const size_t row : rows)
    if (!std::isnan(b[row])) count += 1, mean_a += a[row], mean_b += b[row];
  if (count < kMinPairs) return 0;
  mean_a /= count, mean_b /= count;
  double aa = 0, bb = 0, ab = 0;
  for (const size_t row : rows) {
    if (std::isnan(b[row])) continue;
    const double from_a = a[row] - mean_a, from_b = b[row] - mean_b;
    aa += from_a * from_a, bb += from_b * from_b, ab += from_a * from_b;
  }
  return aa > 0 && bb > 0 ? std::abs(ab) / std::sqrt(aa * bb) : 0;
}

}  // namespace

std::optional<size_t> partner_by_residuals(std::span<const double> attributions, std::span<const double> x,
                                           const std::vector<std::vector<double>>& columns) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t row) { return std::isnan(x[row]); });
  std::ranges::stable_sort(order, {}, [&](size_t row) { return x[row]; });
  const size_t window = std::clamp<size_t>(order.size() / kWindows, 1, kMaxWindowRows);
  std::optional<size_t> best;
  double most = 0;
  for (size_t column = 0; column < columns.size(); ++column) {
    if (columns[column].empty()) continue;
    double sum = 0;
    for (size_t first = 0; first < order.size(); first += window)
      sum += correlation(std::span(order).subspan(first, std::min(window, order.size() - first)), attributions,
                         columns[column]);
    if (sum > most) most = sum, best = column;
  }
  return best;
}

}  // namespace veleta
