#include "bridge.hpp"

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <functional>

#include "statistics/tails.hpp"

namespace veleta {

namespace {

/// Standard deviation of sum B(u_i) w_i, where Cov(B(u), B(v)) = min(u, v) - u v.
double deviation(const BridgePaths& paths, const std::vector<double>& widths) {
  double variance = 0, below = 0;  // below: sum of u_j w_j over the cells before
  for (size_t i = 0; i < widths.size(); ++i) {
    const double u = paths.middle(i);
    variance += widths[i] * (1 - u) * (2 * below + u * widths[i]);
    below += u * widths[i];
  }
  return std::sqrt(variance);
}

}  // namespace

/// A bridge is a Wiener process W less u W(1). Boost's generators give the same numbers with every compiler; the
/// standard's distributions do not.
BridgePaths::BridgePaths(double trim) : values_(kPaths * kCells) {
  for (size_t i = 0; i <= kCells; ++i) levels_.push_back(trim + (1 - 2 * trim) * static_cast<double>(i) / kCells);
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
    for (size_t cell = 0; cell < kCells; ++cell)
      values_[cell * kPaths + path] = static_cast<float>(std::abs(wiener[cell] - middle(cell) * end));
  }
}

BridgeIntegral::BridgeIntegral(const BridgePaths& paths, std::span<const double> quantiles)
    : integrals_(BridgePaths::kPaths) {
  std::vector<double> widths;
  for (size_t cell = 0; cell < BridgePaths::kCells; ++cell) {
    const double width = quantiles[cell + 1] - quantiles[cell];
    const auto values = paths.values(cell);
    for (size_t path = 0; path < values.size(); ++path) integrals_[path] += static_cast<double>(values[path]) * width;
    widths.push_back(width);
  }
  std::sort(integrals_.begin(), integrals_.end(), std::greater<>());
  sigma_ = deviation(paths, widths);
}

double BridgeIntegral::sf(double value) const {
  constexpr double kDraws = BridgePaths::kPaths + 1;  // the value itself is one of the draws
  constexpr size_t kTail = BridgePaths::kPaths / 100;
  const double tail_from = integrals_[kTail];
  if (value > tail_from && sigma_ > 0)
    return statistics::normal_sf(statistics::normal_quantile((kTail + 1) / kDraws) + (value - tail_from) / sigma_);
  const auto greater = std::upper_bound(integrals_.begin(), integrals_.end(), value, std::greater<>());
  return std::min(1.0, (static_cast<double>(greater - integrals_.begin()) + 1) / kDraws);
}

double BridgeIntegral::critical_value(double alpha) const {
  return integrals_[static_cast<size_t>(alpha * BridgePaths::kPaths)];
}

}  // namespace veleta
