#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include "veleta/drift.hpp"

// Categorical columns as counts of groups: what chi-squared statistics are computed from.

namespace veleta::statistics {

/// Whether all rows of both windows are of one category.
inline bool is_one_category(const CategoricalSample& reference, const CategoricalSample& current) {
  size_t occupied = 0;
  for (size_t i = 0; i < reference.labels.size(); ++i) occupied += reference.counts[i] + current.counts[i] > 0;
  return occupied <= 1;
}

/// Rows per group in both windows, the groups in one order.
struct GroupCounts {
  std::vector<double> reference;
  std::vector<double> current;

  void add(double reference_rows, double current_rows) {
    reference.push_back(reference_rows);
    current.push_back(current_rows);
  }
};

/// The 64-bit FNV-1a hash, its bits mixed by SplitMix64 (Steele, Lea and Flood 2014): without, labels that differ in
/// their last letters alone would stay side by side.
inline uint64_t label_hash(std::string_view label) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char byte : label) hash = (hash ^ byte) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

/// Every label that has at least `min_rows` rows in both windows together is a group of its own. The rarer ones are put
/// together in the order of their hashes, which depends on no count, until each group has so many rows; what is left
/// over joins the last. Grouping looks at the windows' sum alone, so that the null distribution stays what it is.
inline GroupCounts group_rare(const CategoricalSample& reference, const CategoricalSample& current, double min_rows) {
  GroupCounts groups;
  std::vector<std::pair<uint64_t, size_t>> rare;
  for (size_t i = 0; i < reference.labels.size(); ++i) {
    const double rows = reference.counts[i] + current.counts[i];
    if (rows >= min_rows && rows > 0)
      groups.add(reference.counts[i], current.counts[i]);
    else if (rows > 0)
      rare.emplace_back(label_hash(reference.labels[i]), i);
  }
  std::sort(rare.begin(), rare.end());

  double reference_rows = 0, current_rows = 0;
  for (const auto& [hash, label] : rare) {
    reference_rows += reference.counts[label];
    current_rows += current.counts[label];
    if (reference_rows + current_rows < min_rows) continue;
    groups.add(reference_rows, current_rows);
    reference_rows = current_rows = 0;
  }
  if (reference_rows + current_rows == 0) return groups;
  if (groups.reference.size() < 2) {
    groups.add(reference_rows, current_rows);
  } else {
    groups.reference.back() += reference_rows;
    groups.current.back() += current_rows;
  }
  return groups;
}

inline double total(const std::vector<double>& counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

/// A chi-squared statistic and its degrees of freedom.
struct ChiSquared {
  double statistic = 0;
  double degrees_of_freedom = 0;
};

/// Pearson's test of homogeneity of a 2 x K table, without Yates's correction. Groups without rows do not count.
inline ChiSquared homogeneity(const GroupCounts& groups) {
  const double reference_total = total(groups.reference), current_total = total(groups.current);
  const double all = reference_total + current_total;
  ChiSquared result;
  double occupied = 0;
  for (size_t i = 0; i < groups.reference.size(); ++i) {
    const double rows = groups.reference[i] + groups.current[i];
    if (rows == 0) continue;
    ++occupied;
    const double expected_reference = rows * reference_total / all, expected_current = rows * current_total / all;
    const double difference = groups.reference[i] - expected_reference;  // the other row's is its negative
    result.statistic += difference * difference / expected_reference + difference * difference / expected_current;
  }
  result.degrees_of_freedom = std::max(occupied - 1, 0.0);
  return result;
}

/// Cramér's V of two windows that count alike, however many rows each has: sqrt(½ sum (p - q)² / (p + q)) over the
/// shares p and q of the groups; 0 to 1. It equals sqrt(chi² / N) where the windows are of one size.
inline double cramers_v(const GroupCounts& groups) {
  const double reference_total = total(groups.reference), current_total = total(groups.current);
  double sum = 0;
  for (size_t i = 0; i < groups.reference.size(); ++i) {
    const double p = groups.reference[i] / reference_total, q = groups.current[i] / current_total;
    if (p + q > 0) sum += (p - q) * (p - q) / (p + q);
  }
  return std::sqrt(sum / 2);
}

/// The same without what chance alone adds to it: V² times 1 - df / chi². For windows of one size that is the
/// correction of Bergsma (2013, "A bias-correction for Cramér's V"), chi² / N - df / N.
inline double corrected_cramers_v(const GroupCounts& groups, const ChiSquared& test) {
  if (test.statistic <= test.degrees_of_freedom) return 0;
  return cramers_v(groups) * std::sqrt(1 - test.degrees_of_freedom / test.statistic);
}

}  // namespace veleta::statistics
