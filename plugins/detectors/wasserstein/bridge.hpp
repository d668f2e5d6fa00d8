#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace veleta {

/// Random paths of a Brownian bridge B over an even grid of levels from `trim` to 1 - trim; the same numbers always.
class BridgePaths {
 public:
  static constexpr size_t kCells = 256;
  static constexpr size_t kPaths = 1999;

  explicit BridgePaths(double trim);

  /// The kCells + 1 grid points.
  const std::vector<double>& levels() const { return levels_; }
  /// The level in the middle of a cell, where the paths stand.
  double middle(size_t cell) const { return (levels_[cell] + levels_[cell + 1]) / 2; }
  /// |B| of every path in the middle of a cell.
  std::span<const float> values(size_t cell) const { return std::span(values_).subspan(cell * kPaths, kPaths); }

 private:
  std::vector<double> levels_;
  std::vector<float> values_;  ///< cell by cell, so that integrals of all paths grow side by side
};

/// The null distribution of sqrt(nm / (n + m)) times the Wasserstein distance: the integral of |B(F(x))| dx (del
/// Barrio, Giné and Matrán 1999). The values come as quantiles of F at the kCells + 1 levels of the paths.
class BridgeIntegral {
 public:
  BridgeIntegral(const BridgePaths& paths, std::span<const double> quantiles);

  /// P(integral >= value): the share of paths, up to the greatest hundredth of them. Beyond it, an upper bound: by
  /// Ehrhard (1983) the normal quantile of a Gaussian seminorm's distribution function is concave, and its slope falls
  /// to 1 / sigma, so it never falls below the straight line of that slope.
  double sf(double value) const;
  /// The value that is exceeded with probability `alpha`, one hundredth at least.
  double critical_value(double alpha) const;
  /// Standard deviation of the integral of B(F(x)) dx, which is how the difference of trimmed means spreads.
  double sigma() const { return sigma_; }

 private:
  std::vector<double> integrals_;  ///< one a path, descending
  double sigma_;
};

}  // namespace veleta
