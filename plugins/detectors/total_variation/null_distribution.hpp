#pragma once

#include <complex>
#include <vector>

namespace veleta::total_variation {

/// Groups whose shares are so near each other that all may have their mean.
struct AlikeGroups {
  double share;
  size_t count;
};

/// The total variation distance T between two windows of n and m rows where nothing moved: half the sum of |z| of
/// normal z, one a group, that are independent with variances s P but for summing to zero. P is the group's share of
/// both windows, and s = 1/n + 1/m.
///
/// Its cumulant generating function K(u) is computed by integrating over the characteristic function of the sum of the
/// z at zero, and its tail is the saddlepoint approximation of Lugannani and Rice (1980, "Saddle point approximation
/// for the distribution of the sum of independent random variables", formula 4), which is right to some 2 % however far
/// out. Of two groups it is exact.
class NullDistribution {
 public:
  /// `shares` sum to 1; at least two are above 0.
  NullDistribution(std::vector<double> shares, double s);

  double mean() const { return mean_ * unit_; }
  double mean_square() const { return (mean_ * mean_ + deviation_ * deviation_) * unit_ * unit_; }

  /// P(T >= distance).
  double sf(double distance) const;
  /// The distance that T exceeds with probability `p`, which is well below 0.5.
  double quantile(double p) const;

 private:
  /// K and its first two derivatives at a u. Everything inside is in units of sqrt(s).
  struct Cumulants {
    double value, mean, variance;
  };

  Cumulants at(double u) const;
  double saddlepoint_sf(double distance, double u, const Cumulants& at_u) const;
  double inner_sf(double distance) const;

  std::vector<AlikeGroups> groups_;  ///< the largest first
  bool is_of_two_;
  double unit_;             ///< sqrt(s)
  double event_deviation_;  ///< no less than that of any set of groups
  double mean_ = 0, deviation_ = 0;
};

}  // namespace veleta::total_variation
