#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

// How well a score tells two groups apart.

namespace veleta::rows {

/// The Mann–Whitney statistic of two groups of scores.
struct RankTest {
  double pairs = 0;          ///< n m
  double wins = 0;           ///< pairs whose second has the higher score, equal ones counted half: pairs * AUC
  double null_variance = 0;  ///< of wins, if all orders of the scores are equally likely; ties as they are
  double variance = 0;       ///< of wins / pairs, by DeLong, DeLong and Clarke-Pearson (1988)
};

namespace ranks_detail {

/// Rank of each value among all, equal ones sharing their mean, and the sum of t³ - t over ties.
inline std::vector<double> midranks(std::span<const double> values, double& ties) {
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  ties = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const auto count = static_cast<double>(end - begin);
    ties += count * count * count - count;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = (static_cast<double>(begin + end) + 1) / 2;
  }
  return ranks;
}

inline double variance_of(std::span<const double> values) {
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return values.size() > 1 ? squares / static_cast<double>(values.size() - 1) : 0;
}

}  // namespace ranks_detail

/// Neither group is empty. Sun and Xu (2014, "Fast implementation of DeLong's algorithm") give the variance by ranks.
inline RankTest rank_test(std::span<const double> first, std::span<const double> second) {
  using namespace ranks_detail;
  const auto n = static_cast<double>(first.size()), m = static_cast<double>(second.size()), all = n + m;
  std::vector<double> pooled(first.begin(), first.end());
  pooled.insert(pooled.end(), second.begin(), second.end());
  double ties = 0, unused = 0;
  const std::vector<double> ranks = midranks(pooled, ties), own_first = midranks(first, unused),
                            own_second = midranks(second, unused);
  RankTest test;
  test.pairs = n * m;
  std::vector<double> below(second.size()), above(first.size());  // shares of the other group
  for (size_t i = 0; i < below.size(); ++i) {
    below[i] = (ranks[first.size() + i] - own_second[i]) / n;
    test.wins += ranks[first.size() + i] - own_second[i];
  }
  for (size_t i = 0; i < above.size(); ++i) above[i] = 1 - (ranks[i] - own_first[i]) / m;
  test.variance = variance_of(below) / m + variance_of(above) / n;
  test.null_variance = all > 1 ? n * m / 12 * (all + 1 - ties / (all * (all - 1))) : 0;
  return test;
}

}  // namespace veleta::rows
