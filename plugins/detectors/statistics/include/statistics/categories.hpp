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

/// The rows of some labels in so many buckets, in the coarse order of the labels' hashes.
inline GroupCounts bucket_by_hash(const CategoricalSample& reference, const CategoricalSample& current,
                                  const std::vector<size_t>& labels, size_t bucket_count) {
  GroupCounts buckets{std::vector<double>(bucket_count, 0.0), std::vector<double>(bucket_count, 0.0)};
  for (const size_t label : labels) {
    const double place = static_cast<double>(label_hash(reference.labels[label]) >> 11) * 0x1p-53;  // in [0, 1)
    const auto bucket = static_cast<size_t>(place * static_cast<double>(bucket_count));
    buckets.reference[bucket] += reference.counts[label];
    buckets.current[bucket] += current.counts[label];
  }
  return buckets;
}

/// Every label that has at least `min_rows` rows in both windows together is a group of its own. The rarer ones are put
/// together in the order of their hashes, coarsely, until each group has so many rows; what is left over joins the
/// last. The order depends on no count, and grouping looks at the windows' sum alone, so that the null distribution
/// stays what it is.
inline GroupCounts group_rare(const CategoricalSample& reference, const CategoricalSample& current, double min_rows) {
  GroupCounts groups;
  std::vector<size_t> rare;
  double rare_rows = 0;
  for (size_t i = 0; i < reference.labels.size(); ++i) {
    const double rows = reference.counts[i] + current.counts[i];
    if (rows >= min_rows && rows > 0) {
      groups.add(reference.counts[i], current.counts[i]);
    } else if (rows > 0) {
      rare.push_back(i);
      rare_rows += rows;
    }
  }
  if (rare.empty()) return groups;

  constexpr double kFineness = 8;  // buckets for each group
  const double groups_wanted = std::min(rare_rows / min_rows, static_cast<double>(rare.size()));
  const auto buckets = bucket_by_hash(reference, current, rare, static_cast<size_t>(kFineness * groups_wanted) + 1);
  double reference_rows = 0, current_rows = 0;
  for (size_t i = 0; i < buckets.reference.size(); ++i) {
    reference_rows += buckets.reference[i];
    current_rows += buckets.current[i];
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

/// Groups that hold a row of either window.
inline double occupied(const GroupCounts& groups) {
  double count = 0;
  for (size_t i = 0; i < groups.reference.size(); ++i) count += groups.reference[i] + groups.current[i] > 0;
  return count;
}

/// The groups' shares of the rows of both windows.
inline std::vector<double> pooled_shares(const GroupCounts& groups) {
  const double all = total(groups.reference) + total(groups.current);
  std::vector<double> shares;
  shares.reserve(groups.reference.size());
  for (size_t i = 0; i < groups.reference.size(); ++i)
    shares.push_back((groups.reference[i] + groups.current[i]) / all);
  return shares;
}

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
  for (size_t i = 0; i < groups.reference.size(); ++i) {
    const double rows = groups.reference[i] + groups.current[i];
    if (rows == 0) continue;
    const double expected_reference = rows * reference_total / all, expected_current = rows * current_total / all;
    const double difference = groups.reference[i] - expected_reference;  // the other row's is its negative
    result.statistic += difference * difference / expected_reference + difference * difference / expected_current;
  }
  result.degrees_of_freedom = std::max(occupied(groups) - 1, 0.0);
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
