#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "quadrature.hpp"

namespace tree_shap {

/// Shapley values of one leaf's game for every row at once, by the row's pattern.
///
/// A leaf of k features on its path adds 1 if all of them meet its conditions. Bit j of a pattern says whether the j-th
/// does. Of a row with pattern c beside a background whose patterns b weigh f[b], feature j has
///
///     s[c][j] = sum over b f[b] * integral over p in 0..1 of (c_j - b_j) * product over i != j of (p c_i + (1 - p)
///     b_i)
///
/// which is WOODELF's table (Nadel and Wettenstein 2025, arXiv 2511.09376) with its weights 1 / (a C(a + z, a)) written
/// as the integrals they are. A factor is a 2x2 matrix on one bit, so that at a point p all rows c come from all
/// weights f by k butterflies; a Gauss–Legendre rule of half of k points is exact. Path-dependent values are those of a
/// background whose features are independent and meet their conditions with the shares r_i: f[b] is the product of r_i
/// where b has the bit, of 1 - r_i where not.
class PatternValues {
 public:
  static constexpr size_t kMaximumFeatures = 20;

  /// For leaves of so many features, at most kMaximumFeatures.
  explicit PatternValues(size_t features);

  size_t features() const { return features_; }
  size_t patterns() const { return size_t{1} << features_; }
  size_t pairs() const { return features_ * (features_ + 1) / 2; }

  /// Fills patterns() * features() numbers. `weights`: patterns() of them. O(k log k 2^k) for each of the k / 2 points.
  void attributions(std::span<const double> weights, std::span<double> values);
  /// Fills patterns() * pairs() numbers: of each pair i <= j, by i and then j, half of the Shapley interaction index
  /// (Lundberg et al. 2018, eq. 7); where i = j what is left of the attribution.
  void interactions(std::span<const double> weights, std::span<double> values);

 private:
  /// Applies the factors of bits begin..end to `level`'s array except one, for each one in turn, and lets `emit` have
  /// the array, to which that one's is still to be applied.
  template <typename Emit>
  void all_but_one(size_t begin, size_t end, size_t level, double p, const Emit& emit);
  double* copy_up(size_t level);
  void known(double* array, size_t bit, double p) const;
  void difference(double* array, size_t bit) const;

  size_t features_;
  Quadrature rule_;
  std::vector<std::vector<double>> levels_;
};

}  // namespace tree_shap
