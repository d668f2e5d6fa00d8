#include "drift/movement.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace veleta {

namespace {

constexpr std::array kShares{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
enum ShareIndex { k1, k5, k25, k50, k75, k95, k99 };
using Quantiles = std::array<double, kShares.size()>;

double total(std::span<const double> rows) { return std::accumulate(rows.begin(), rows.end(), 0.0); }

/// The least value that each share of the rows does not exceed.
Quantiles quantiles_of(const NumericSample& sample) {
  Quantiles quantiles{};
  const double count = total(sample.rows);
  double below = 0;
  size_t next = 0;
  for (size_t i = 0; i < sample.values.size() && next < kShares.size(); ++i) {
    below += sample.rows[i];
    while (next < kShares.size() && below >= kShares[next] * count * (1 - 1e-12)) quantiles[next++] = sample.values[i];
  }
  return quantiles;
}

/// The share of a window's rows that each value is not exceeded by.
Quantiles shares_up_to(const Quantiles& values, const NumericSample& sample) {
  Quantiles shares{};
  const double count = total(sample.rows);
  double below = 0;
  size_t i = 0;
  for (size_t at = 0; at < values.size(); ++at) {
    while (i < sample.values.size() && sample.values[i] <= values[at]) below += sample.rows[i++];
    shares[at] = below / count;
  }
  return shares;
}

/// A standard deviation that far values do not move: the first of some quantile distances, each as wide as a normal
/// distribution of deviation 1 has it, that is not zero. NaN: there is none.
double robust_deviation(const Quantiles& quantiles, double standard_deviation) {
  constexpr double kQuartiles = 1.3489795003921634, kFives = 3.2897072539029444, kOnes = 4.652695748081682;
  for (const double deviation :
       {(quantiles[k75] - quantiles[k25]) / kQuartiles, (quantiles[k95] - quantiles[k5]) / kFives,
        (quantiles[k99] - quantiles[k1]) / kOnes, standard_deviation})
    if (deviation > 0 && std::isfinite(deviation)) return deviation;
  return DriftResult::kNone;
}

struct Range {
  double low = 0, high = 0;
  double width() const { return high - low; }
  /// Cut to where its width, and several times that, is finite.
  Range finite() const {
    constexpr double kFarthest = std::numeric_limits<double>::max() / 16;
    return {std::clamp(low, -kFarthest, kFarthest), std::clamp(high, -kFarthest, kFarthest)};
  }
};

/// Where most rows of a window lie: for a bell its 1 and 99 % quantiles, of a long tail not all that is in it.
Range drawn_range(const Quantiles& quantiles) {
  const double margin = quantiles[k95] / 4 - quantiles[k5] / 4;
  if (margin <= 0) return {quantiles[k1], quantiles[k99]};
  return {std::max(quantiles[k1], quantiles[k5] - margin), std::min(quantiles[k99], quantiles[k95] + margin)};
}

/// That of both windows, as far as it is not out of all proportion to the reference.
Range drawn_range(const Quantiles& reference, const Quantiles& current) {
  const Range was = drawn_range(reference).finite(), is = drawn_range(current).finite();
  Range both{std::min(was.low, is.low), std::max(was.high, is.high)};
  if (was.width() > 0) {
    both.low = std::max(both.low, was.low - 2 * was.width());
    both.high = std::min(both.high, was.high + 2 * was.width());
  }
  if (both.width() > 0) return both;
  const double half = std::max(std::abs(both.low) * 0.05, 0.5);
  return {both.low - half, both.high + half};
}

size_t bin_count(double rows) {
  constexpr double kFewest = 10;
  return static_cast<size_t>(std::clamp(std::ceil(2 * std::cbrt(rows)), kFewest, double{Movement::kMostBins}));
}

bool all_whole_within(std::span<const double> values, const Range& range) {
  return std::ranges::all_of(
      values, [&](double value) { return value < range.low || value > range.high || value == std::floor(value); });
}

/// Even bins over the range; of whole numbers each as wide as some of them, so that none stands on an edge.
std::vector<double> make_edges(std::span<const double> values, Range range, size_t count) {
  double width = range.width() / static_cast<double>(count);
  if (all_whole_within(values, range)) {
    width = std::max(1.0, std::ceil((range.width() + 1) / static_cast<double>(count)));
    count = static_cast<size_t>(std::ceil((range.width() + 1) / width));
    range.low -= 0.5;
  }
  std::vector<double> edges;
  for (size_t i = 0; i <= count; ++i) edges.push_back(range.low + width * static_cast<double>(i));
  return edges;
}

void fill_shares(const NumericSample& sample, const std::vector<double>& edges, std::vector<double>& shares,
                 double& below, double& above) {
  shares.assign(edges.size() - 1, 0.0);
  const double count = total(sample.rows);
  if (count <= 0) return;
  size_t bin = 0;
  for (size_t i = 0; i < sample.values.size(); ++i) {
    const double value = sample.values[i], share = sample.rows[i] / count;
    while (bin + 1 < shares.size() && value >= edges[bin + 1]) ++bin;
    (value < edges.front() ? below : value > edges.back() ? above : shares[bin]) += share;
  }
}

HistogramPair histogram_of(const NumericSample& reference, const NumericSample& current,
                           const Quantiles& reference_quantiles, const Quantiles& current_quantiles) {
  const double least_rows = std::min(total(reference.rows), total(current.rows));
  HistogramPair pair;
  pair.edges = make_edges(reference.values, drawn_range(reference_quantiles, current_quantiles), bin_count(least_rows));
  fill_shares(reference, pair.edges, pair.reference, pair.reference_below, pair.reference_above);
  fill_shares(current, pair.edges, pair.current, pair.current_below, pair.current_above);
  return pair;
}

double share_of(double rows, double all) { return all > 0 ? rows / all : 0; }

}  // namespace

const QuantileMove* Movement::farthest() const {
  const QuantileMove* found = nullptr;
  double most = 0;
  for (const auto& move : quantiles) {
    if (!(std::abs(move.shift) > 0)) continue;  // NaN: in deviations of nothing
    const double apart = std::abs(move.current_below - move.reference_below) / std::sqrt(move.share * (1 - move.share));
    if (apart > most) most = apart, found = &move;
  }
  return found;
}

Movement movement_of(const NumericSample& reference, const NumericSample& current) {
  const bool has_reference = total(reference.rows) > 0, has_current = total(current.rows) > 0;
  Movement movement;
  if (!has_reference && !has_current) return movement;
  Quantiles before = quantiles_of(reference), now = quantiles_of(current);
  if (has_reference && has_current) {
    const double deviation = robust_deviation(before, reference.standard_deviation);
    const Quantiles reference_below = shares_up_to(before, reference), current_below = shares_up_to(before, current);
    for (size_t i = 0; i < kShares.size(); ++i)
      movement.quantiles.push_back(
          {kShares[i], before[i], now[i], reference_below[i], current_below[i], (now[i] - before[i]) / deviation});
  }
  movement.histogram = histogram_of(reference, current, has_reference ? before : now, has_current ? now : before);
  return movement;
}

Movement movement_of(const CategoricalSample& reference, const CategoricalSample& current) {
  const double reference_rows = total(reference.counts), current_rows = total(current.counts);
  const auto before = [&](size_t i) { return share_of(reference.counts[i], reference_rows); };
  const auto now = [&](size_t i) { return share_of(current.counts[i], current_rows); };
  Movement movement;
  std::vector<size_t> order(reference.labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (const size_t i : order) {
    if (reference.counts[i] <= 0 && current.counts[i] > 0) ++movement.new_count, movement.new_share += now(i);
    if (current.counts[i] <= 0 && reference.counts[i] > 0)
      ++movement.vanished_count, movement.vanished_share += before(i);
  }
  const size_t told = std::min(order.size(), Movement::kToldCategories);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(told), [&](size_t a, size_t b) {
    const double moved_a = std::abs(now(a) - before(a)), moved_b = std::abs(now(b) - before(b));
    if (moved_a != moved_b) return moved_a > moved_b;
    return before(a) != before(b) ? before(a) > before(b) : a < b;
  });
  for (size_t i = 0; i < order.size(); ++i) {
    if (i < told)
      movement.categories.push_back({reference.labels[order[i]], before(order[i]), now(order[i])});
    else
      movement.other_reference += before(order[i]), movement.other_current += now(order[i]);
  }
  return movement;
}

}  // namespace veleta
