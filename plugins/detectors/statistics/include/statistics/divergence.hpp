#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "statistics/categories.hpp"
#include "statistics/intervals.hpp"
#include "statistics/power.hpp"

// Divergences of two windows' shares p (reference) and q (current) over groups: the f-divergences of Csiszár (1967).
// Where nothing moved each of them is, over `chance` times 1/n + 1/m, chi-squared with one degree of freedom less than
// there are groups, since all agree with Pearson's statistic to second order (Pardo 2006, "Statistical inference based
// on divergence measures", theorem 3.1).

namespace veleta::statistics {

struct Divergence {
  double (*term)(double p, double q);             ///< what one group adds
  double (*reference_slope)(double p, double q);  ///< of a term by p > 0
  double (*current_slope)(double p, double q);    ///< of a term by q > 0
  double chance;
  /// What chance adds in second order, over the sum of 1 / P: reference / n² + both / (n m) + current / m². Of the
  /// term's derivatives at p = q = 1, the third over 6 and the fourth over 8, and that by p, p, q and q over 4.
  struct {
    double reference, both, current;
  } second_order = {0, 0, 0};
};

/// (q - p) ln(q / p): the population stability index (Lewis 1994; Yurdakul and Naranjo 2020). No share may be 0.
inline constexpr Divergence kStabilityIndex{[](double p, double q) { return (q - p) * std::log(q / p); },
                                            [](double p, double q) { return 1 - q / p - std::log(q / p); },
                                            [](double p, double q) { return 1 - p / q + std::log(q / p); },
                                            1,
                                            {0.5, 0, 0.5}};

/// q ln(q / p): KL(current || reference), after Kullback and Leibler (1951), in nats. p may not be 0.
inline constexpr Divergence kKullbackLeibler{[](double p, double q) { return q > 0 ? q * std::log(q / p) : 0; },
                                             [](double p, double q) { return -q / p; },
                                             [](double p, double q) { return 1 + std::log(q / p); },
                                             0.5,
                                             {5.0 / 12, 0, 1.0 / 12}};

/// p ln(p / q): KL(reference || current). q may not be 0.
inline constexpr Divergence kReverseKullbackLeibler{[](double p, double q) { return p > 0 ? p * std::log(p / q) : 0; },
                                                    [](double p, double q) { return 1 + std::log(p / q); },
                                                    [](double p, double q) { return -p / q; },
                                                    0.5,
                                                    {1.0 / 12, 0, 5.0 / 12}};

/// Half of either window's KL from the mean of both, in nats (Lin 1991).
inline constexpr Divergence kJensenShannon{[](double p, double q) {
                                             const double of_p = p > 0 ? p * std::log(2 * p / (p + q)) : 0;
                                             const double of_q = q > 0 ? q * std::log(2 * q / (p + q)) : 0;
                                             return (of_p + of_q) / 2;
                                           },
                                           [](double p, double q) { return std::log(2 * p / (p + q)) / 2; },
                                           [](double p, double q) { return std::log(2 * q / (p + q)) / 2; },
                                           0.125,
                                           {3.0 / 64, -1.0 / 32, 3.0 / 64}};

/// (sqrt(q) - sqrt(p))² / 2: the square of Hellinger's distance (Le Cam and Yang 2000).
inline constexpr Divergence kSquaredHellinger{[](double p, double q) {
                                                const double root = std::sqrt(q) - std::sqrt(p);
                                                return root * root / 2;
                                              },
                                              [](double p, double q) { return (1 - std::sqrt(q / p)) / 2; },
                                              [](double p, double q) { return (1 - std::sqrt(p / q)) / 2; },
                                              0.125,
                                              {7.0 / 128, -1.0 / 64, 7.0 / 128}};

/// (p - q)² / (p + q) / 2: the square of Cramér's V of two windows that count alike.
inline constexpr Divergence kSquaredCramersV{
    [](double p, double q) { return p + q > 0 ? (p - q) * (p - q) / (p + q) / 2 : 0; },
    [](double p, double q) {
      const double move = (q - p) / (p + q);
      return -move * (2 + move) / 2;
    },
    [](double p, double q) {
      const double move = (q - p) / (p + q);
      return move * (2 - move) / 2;
    },
    0.25};

/// |q - p| / 2: the total variation distance, which has no chi-squared null distribution.
inline constexpr Divergence kTotalVariation{[](double p, double q) { return std::abs(q - p) / 2; },
                                            [](double p, double q) { return p > q   ? 0.5
                                                                            : p < q ? -0.5
                                                                                    : 0; },
                                            [](double p, double q) { return q > p   ? 0.5
                                                                            : q < p ? -0.5
                                                                                    : 0; },
                                            DriftResult::kNone};

inline double divergence(const Divergence& of, std::span<const double> p, std::span<const double> q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += of.term(p[i], q[i]);
  return sum;
}

/// Its variance by the delta method, where the shares are those of n and m rows.
inline double divergence_variance(const Divergence& of, std::span<const double> p, std::span<const double> q, double n,
                                  double m) {
  double reference_mean = 0, reference_square = 0, current_mean = 0, current_square = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0) {
      const double slope = of.reference_slope(p[i], q[i]);
      reference_mean += p[i] * slope;
      reference_square += p[i] * slope * slope;
    }
    if (q[i] > 0) {
      const double slope = of.current_slope(p[i], q[i]);
      current_mean += q[i] * slope;
      current_square += q[i] * slope * slope;
    }
  }
  return std::max(0.0, reference_square - reference_mean * reference_mean) / n +
         std::max(0.0, current_square - current_mean * current_mean) / m;
}

/// The groups' shares of all rows; an empty group gets the share `zero_fill`, and the others keep theirs.
inline std::vector<double> filled_shares(const std::vector<double>& counts, double zero_fill) {
  const double rows = total(counts);
  std::vector<double> shares;
  shares.reserve(counts.size());
  for (const double count : counts) shares.push_back(count > 0 ? count / rows : zero_fill);
  return shares;
}

/// Of shares that do not sum to 1: what they are parts of it.
inline std::vector<double> normalised(std::vector<double> shares) {
  const double sum = total(shares);
  for (double& share : shares) share /= sum;
  return shares;
}

/// What a divergence over its null distribution's chi-squared variable is.
inline double chance_scale(const Divergence& of, double reference_rows, double current_rows) {
  return of.chance * (1 / reference_rows + 1 / current_rows);
}

/// What the null distribution of finite windows is wider by than its limit: the mean's second order over its first
/// (Bartlett 1937), where `shares` are those of both windows together.
inline double bartlett_factor(const Divergence& of, std::span<const double> shares, double reference_rows,
                              double current_rows) {
  const double n = reference_rows, m = current_rows, df = static_cast<double>(shares.size()) - 1;
  double inverse_shares = 0;
  for (const double share : shares) inverse_shares += 1 / share;
  const auto& order = of.second_order;
  const double added = order.reference / (n * n) + order.both / (n * m) + order.current / (m * m);
  return 1 + added * (inverse_shares - 1) / (chance_scale(of, n, m) * df);
}

/// P(divergence >= value) where nothing moved.
inline double divergence_sf(const Divergence& of, double value, double groups, double reference_rows,
                            double current_rows) {
  return groups < 2 ? 1 : chi_squared_sf(value / chance_scale(of, reference_rows, current_rows), groups - 1);
}

/// The divergence that chance exceeds with probability `alpha` where nothing moved.
inline double divergence_threshold(const Divergence& of, double alpha, double groups, double reference_rows,
                                   double current_rows) {
  return chi_squared_quantile(alpha, groups - 1) * chance_scale(of, reference_rows, current_rows);
}

}  // namespace veleta::statistics
