#include <algorithm>
#include <cmath>

#include "drift/drift.hpp"

namespace veleta {

std::vector<double> benjamini_hochberg(const std::vector<double>& p_values) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p_values.size(); ++i)
    if (!std::isnan(p_values[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });

  std::vector<double> adjusted(p_values.size(), DriftResult::kNone);
  const auto count = static_cast<double>(order.size());
  double least = 1;
  for (size_t rank = order.size(); rank > 0; --rank) {
    const size_t index = order[rank - 1];
    least = std::min(least, p_values[index] * (count / static_cast<double>(rank)));
    adjusted[index] = least;
  }
  return adjusted;
}

}  // namespace veleta
