#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace veleta {

/// Random paths of a Brownian bridge B over cells of levels from `trim` to 1 - trim; the same numbers always. The cells
/// are even in arcsin(sqrt(u)), so that B changes alike within each of them, at the ends too.
class BridgePaths {
 public:
  static constexpr size_t kCells = 64;
  /// The share of paths that exceed what should be exceeded by 5 % has a standard error of 0.24 %.
  static constexpr size_t kPaths = 8192;

  explicit BridgePaths(double trim);

  /// The kCells + 1 ends of the cells.
  const std::vector<double>& levels() const { return levels_; }
  /// The level in the middle of a cell, where the paths stand.
  double middle(size_t cell) const { return (levels_[cell] + levels_[cell + 1]) / 2; }
  /// |B(u)| / sqrt(u (1 - u)) of every path in the middle of a cell.
  std::span<const float> values(size_t cell) const { return std::span(values_).subspan(cell * kPaths, kPaths); }

 private:
  std::vector<double> levels_;
  std::vector<float> values_;  ///< cell by cell, so that integrals of all paths grow side by side
};

/// The null distribution of sqrt(nm / (n + m)) times the Wasserstein distance: the integral of |B(F(x))| dx (del
/// Barrio, Giné and Matrán 1999).
class BridgeIntegral {
 public:
  /// `weights`: for each cell of the paths the integral of sqrt(F(x) (1 - F(x))) dx where F(x) lies in it. Within a
  /// cell only B's deviation changes then, and the integral's mean is exact whatever the cells.
  BridgeIntegral(const BridgePaths& paths, std::span<const double> weights);

  /// P(integral >= value): the share of paths, up to the greatest hundredth of them. Beyond it, an upper bound: by
  /// Ehrhard (1983) the normal quantile of a Gaussian seminorm's distribution function is concave, and its slope falls
  /// to 1 / sigma, so it never falls below the straight line of that slope.
  double sf(double value) const;
  /// The value that is exceeded with probability statistics::kAlpha.
  double critical_value() const;
  /// Standard deviation of the integral of B(F(x)) dx, which is how the difference of trimmed means spreads.
  double sigma() const { return sigma_; }

 private:
  double unit_;                   ///< of the integrals: the largest weight; finite
  std::vector<float> integrals_;  ///< one a path, those above the critical value first and descending
  double sigma_;
};

}  // namespace veleta
