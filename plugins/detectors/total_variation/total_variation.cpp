#include <boost/math/special_functions/gamma.hpp>

#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The null distribution of the total variation distance T between windows of n and m rows: half the sum of |d| of the
/// groups' differences d, which are normal with variances s P (1 - P) and correlations -sqrt(P P' / ((1 - P)(1 - P'))),
/// where P is a group's share of both windows and s = 1/n + 1/m.
struct NullMoments {
  double mean = 0;    ///< of T: E|d| = sqrt(2 / pi) times d's deviation
  double square = 0;  ///< mean of T², by E|d d'| = 2/pi (sqrt(1 - r²) + r asin r) times the deviations (Nabeya 1951)

  NullMoments(const std::vector<double>& shares, double scale) {
    std::vector<double> odds_root(shares.size()), deviation(shares.size());
    for (size_t i = 0; i < shares.size(); ++i) {
      odds_root[i] = std::sqrt(shares[i] / (1 - shares[i]));
      deviation[i] = std::sqrt(scale * shares[i] * (1 - shares[i]));
      mean += std::sqrt(2 / std::numbers::pi) * deviation[i] / 2;
      square += deviation[i] * deviation[i] / 4;
      for (size_t j = 0; j < i; ++j) {
        const double r = std::min(1.0, odds_root[i] * odds_root[j]);
        square += deviation[i] * deviation[j] / std::numbers::pi * (std::sqrt(1 - r * r) + r * std::asin(r));
      }
    }
  }

  /// Degrees of freedom of the chi distribution that has the same mean over the same root mean square.
  double degrees_of_freedom() const {
    const double wanted = mean * mean / square;
    auto ratio = [](double df) {
      const double root = boost::math::tgamma_delta_ratio(df / 2 + 0.5, -0.5);
      return 2 / df * root * root;
    };
    double low = 1, high = 1;
    while (high < 1e9 && ratio(high) < wanted) low = high, high *= 2;
    for (int i = 0; i < 50; ++i) {
      const double middle = (low + high) / 2;
      (ratio(middle) < wanted ? low : high) = middle;
    }
    return high;
  }
};

/// The total variation distance.
class TotalVariation final : public stats::DivergenceDetector {
 public:
  using DivergenceDetector::DivergenceDetector;

 private:
  /// The divergence is T², which is what the chi distribution makes chi-squared.
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    const double n = stats::total(groups.reference), m = stats::total(groups.current), scale = 1 / n + 1 / m;
    const auto p = stats::filled_shares(groups.reference, 0), q = stats::filled_shares(groups.current, 0);
    const double distance = stats::divergence(stats::kTotalVariation, p, q);
    stats::Evidence evidence;
    evidence.divergence = distance * distance;
    if (p.size() < 2) return evidence;

    const auto shares = stats::pooled_shares(groups);
    double risen = 0;  // share of both windows in the groups whose share rose
    for (size_t i = 0; i < p.size(); ++i)
      if (q[i] > p[i]) risen += shares[i];
    const NullMoments null(shares, scale);
    const double df = null.degrees_of_freedom();
    evidence.p_value = stats::chi_squared_sf(df * evidence.divergence / null.square, df);
    // The groups that rose are one of the events of which T is the largest difference: it is no less likely than
    // theirs, which the fitted distribution forgets far out in its tail.
    if (distance > 0)
      evidence.p_value =
          std::max(evidence.p_value, 2 * stats::normal_sf(distance / std::sqrt(scale * risen * (1 - risen))));
    evidence.chance_mean = null.square;
    const double margin = stats::normal_quantile(stats::kAlpha / 2) *
                          std::sqrt(stats::divergence_variance(stats::kTotalVariation, p, q, n, m));
    // T's mean is no less than the true distance, and exceeds it by no more than its mean where nothing moved.
    const double low = std::max(0.0, distance - null.mean - margin);
    evidence.interval = {low * low, (distance + margin) * (distance + margin)};
    evidence.detectable = detectable_square(null.square / df * stats::chi_squared_quantile(stats::kAlpha, df), scale);
    return evidence;
  }

  /// T is at least the difference of the event that moved, whose variance is a quarter of the scale at most.
  static double detectable_square(double critical_square, double scale) {
    const double distance =
        std::sqrt(critical_square) + stats::normal_quantile(1 - stats::kPower) * std::sqrt(scale) / 2;
    return std::min(1.0, distance * distance);
  }

  double shown(double square) const override { return std::sqrt(square); }
  double greatest(double) const override { return 1; }
};

}  // namespace

VELETA_DETECTOR(TotalVariation, "total_variation", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance, beyond what chance adds to it, that does not matter")
                    .min(0)
                    .max(1),
                veleta::statistics::bins_param(),
                veleta::number_param("rare_share", 0.01, "categories with a smaller share are put together into groups")
                    .min(0.001)
                    .max(1))
