#pragma once

#include <algorithm>
#include <map>

#include "drift_vectors.hpp"
#include "statistics/categories.hpp"

// The data of drift.json's vectors as groups, with the rows of either window in each.

namespace veleta {

/// Rows of either window per distinct value.
inline statistics::GroupCounts groups_of_values(const Rows& reference, const Rows& current) {
  std::map<double, std::pair<double, double>> counts;
  for (const double value : reference) ++counts[value].first;
  for (const double value : current) ++counts[value].second;
  statistics::GroupCounts groups;
  for (const auto& [value, rows] : counts) groups.add(rows.first, rows.second);
  return groups;
}

/// As numpy's histogram has it: the lower edge belongs to its bin, the last edge to the last bin.
inline statistics::GroupCounts groups_of_bins(const Rows& reference, const Rows& current, const Rows& edges) {
  statistics::GroupCounts groups{Rows(edges.size() - 1, 0.0), Rows(edges.size() - 1, 0.0)};
  auto bin = [&](double value) {
    const auto above = static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin());
    return std::min(above - 1, edges.size() - 2);
  };
  for (const double value : reference) ++groups.reference[bin(value)];
  for (const double value : current) ++groups.current[bin(value)];
  return groups;
}

/// So many bins of one width over both windows.
inline Rows even_edges(const Rows& reference, const Rows& current, double bins) {
  const Rows first = sorted(reference), second = sorted(current);
  const double low = std::min(first.front(), second.front()), high = std::max(first.back(), second.back());
  Rows edges;
  for (double i = 0; i < bins; ++i) edges.push_back(low + i * ((high - low) / bins));
  edges.push_back(high);
  return edges;
}

/// As the vector has them: bins by edges, even bins, or a group for each distinct value.
inline statistics::GroupCounts groups_of(const Vector& vector) {
  const Rows reference = vector.reference(), current = vector.current();
  if (vector.params().contains("edges") && vector.params().at("edges").is_array())
    return groups_of_bins(reference, current, vector.list("edges"));
  if (!vector.params().contains("bins")) return groups_of_values(reference, current);
  return groups_of_bins(reference, current, even_edges(reference, current, vector.param("bins")));
}

}  // namespace veleta
