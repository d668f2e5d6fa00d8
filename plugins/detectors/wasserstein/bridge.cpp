#include "bridge.hpp"

#include <algorithm>
#include <array>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "statistics/power.hpp"

namespace veleta {

namespace {

constexpr size_t kTail = BridgePaths::kPaths / 100;
constexpr auto kExceeding = static_cast<size_t>(statistics::kAlpha * BridgePaths::kPaths);

/// Standard deviation of sum B(u_i) / sqrt(u_i (1 - u_i)) w_i, where Cov(B(u), B(v)) = u (1 - v) for u <= v.
double deviation(const BridgePaths& paths, std::span<const double> weights) {
  double variance = 0, below = 0;  // below: sum of sqrt(u_j / (1 - u_j)) w_j over the cells before
  for (size_t i = 0; i < weights.size(); ++i) {
    const double odds = std::sqrt(paths.middle(i) / (1 - paths.middle(i)));
    variance += weights[i] * (2 * below / odds + weights[i]);
    below += odds * weights[i];
  }
  return std::sqrt(variance);
}

/// A sum of the values of each path.
std::vector<float> weighted_sums(const BridgePaths& paths, std::span<const double> weights, double unit) {
  constexpr size_t kBlock = 1024;  // paths at once: their sums stay in the nearest cache
  static_assert(BridgePaths::kPaths % kBlock == 0);
  std::vector<float> all(BridgePaths::kPaths);
  for (size_t from = 0; from < all.size(); from += kBlock) {
    std::array<float, kBlock> sums{};
    for (size_t cell = 0; cell < weights.size(); ++cell) {
      if (!(weights[cell] > 0)) continue;
      const auto weight = static_cast<float>(weights[cell] / unit);
      const float* values = paths.values(cell).data() + from;
      for (size_t path = 0; path < kBlock; ++path) sums[path] += values[path] * weight;
    }
    std::copy(sums.begin(), sums.end(), all.begin() + static_cast<std::ptrdiff_t>(from));
  }
  return all;
}

}  // namespace

/// A bridge is a Wiener process W less u W(1). Boost's generators give the same numbers with every compiler; the
/// standard's distributions do not.
BridgePaths::BridgePaths(double trim) : levels_(kCells + 1), values_(kPaths * kCells) {
  const double lowest = std::asin(std::sqrt(trim)), highest = std::asin(std::sqrt(1 - trim));
  for (size_t i = 0; i <= kCells; ++i) {
    const double root = std::sin(lowest + (highest - lowest) * static_cast<double>(i) / kCells);
    levels_[i] = root * root;
  }
  levels_.front() = trim;
  levels_.back() = 1 - trim;

  boost::random::mt19937_64 random(20260101);
  boost::random::normal_distribution<double> normal;
  std::vector<double> wiener(kCells);
  for (size_t path = 0; path < kPaths; ++path) {
    double value = 0, at = 0;
    for (size_t cell = 0; cell < kCells; ++cell) {
      value += std::sqrt(middle(cell) - at) * normal(random);
      wiener[cell] = value;
      at = middle(cell);
    }
    const double end = value + std::sqrt(1 - at) * normal(random);
    for (size_t cell = 0; cell < kCells; ++cell) {
      const double u = middle(cell);
      values_[cell * kPaths + path] = static_cast<float>(std::abs(wiener[cell] - u * end) / std::sqrt(u * (1 - u)));
    }
  }
}

BridgeIntegral::BridgeIntegral(const BridgePaths& paths, std::span<const double> weights)
    : unit_(std::min(std::ranges::max(weights), std::numeric_limits<double>::max())),
      integrals_(weighted_sums(paths, weights, unit_)),
      sigma_(deviation(paths, weights)) {
  const auto top = integrals_.begin() + kExceeding + 1;
  std::nth_element(integrals_.begin(), top, integrals_.end(), std::greater<>());
  std::sort(integrals_.begin(), top, std::greater<>());
}

double BridgeIntegral::sf(double value) const {
  if (!(unit_ > 0)) return 1;
  constexpr double kDraws = BridgePaths::kPaths + 1;  // the value itself is one of the draws
  const double tail_from = integrals_[kTail] * unit_;
  if (value > tail_from)
    return statistics::normal_sf(statistics::normal_quantile((kTail + 1) / kDraws) + (value - tail_from) / sigma_);
  const auto greater = std::ranges::count_if(integrals_, [&](double integral) { return integral * unit_ >= value; });
  return std::min(1.0, (static_cast<double>(greater) + 1) / kDraws);
}

double BridgeIntegral::critical_value() const { return integrals_[kExceeding] * unit_; }

}  // namespace veleta
