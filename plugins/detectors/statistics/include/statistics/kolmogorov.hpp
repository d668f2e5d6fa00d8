#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

// Null distributions of the Kolmogorov–Smirnov statistic: of one sample of n against a known distribution (the
// two-sample asymptotics use it with n = the effective rows), and of two samples exactly.

namespace veleta::statistics {

namespace kolmogorov_detail {

/// log(n!) minus Stirling's formula (Loader 2000, "Fast and accurate computation of binomial probabilities").
inline double stirling_error(double n) {
  if (n < 16) return std::lgamma(n + 1) - (n + 0.5) * std::log(n) + n - std::log(2 * std::numbers::pi) / 2;
  const double n2 = n * n;
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680) / n2) / n2) / n2) / n;
}

/// P(D+ >= x) by the sum of Birnbaum and Tingey (1951), all of whose terms are positive:
/// x sum_j C(n, j) (x + j/n)^(j-1) (1 - x - j/n)^(n-j). The binomial terms are taken in Loader's saddle-point form.
inline double smirnov_sum(double n, double x) {
  const double t = n * x;
  double sum = std::exp(n * std::log1p(-x));  // j = 0
  const double last = std::floor(n - t);
  const double error_of_n = stirling_error(n);
  for (double j = 1; j <= last; ++j) {
    const double rest = n - j;
    if (rest <= t) continue;  // the last factor is zero
    const double exponent =
        j * std::log1p(t / j) + rest * std::log1p(-t / rest) + error_of_n - stirling_error(j) - stirling_error(rest);
    sum += t / (j + t) * std::exp(exponent) * std::sqrt(n / (2 * std::numbers::pi * j * rest));
  }
  return sum;
}

/// P(D+ >= x). Above a million rows by Maag and Dicaire's approximation (1971), whose relative error is of order
/// (n x^2)^2 / n and no longer matters.
inline double smirnov_sf(double n, double x) {
  if (n <= 1e6) return smirnov_sum(n, x);
  const double corrected = 6 * n * x + 1;
  return std::exp(-corrected * corrected / (18 * n));
}

using Matrix = std::vector<double>;

/// The product of two square matrices of `size` rows.
inline Matrix multiply(const Matrix& a, const Matrix& b, size_t size) {
  Matrix product(size * size, 0.0);
  for (size_t i = 0; i < size; ++i)
    for (size_t k = 0; k < size; ++k)
      for (size_t j = 0; j < size; ++j) product[i * size + j] += a[i * size + k] * b[k * size + j];
  return product;
}

/// The matrix H of Durbin (1973), as Marsaglia, Tsang and Wang (2003, "Evaluating Kolmogorov's distribution") set it up
/// for n x = k - h.
inline Matrix durbin_matrix(size_t size, double h) {
  Matrix matrix(size * size, 0.0);
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; j < std::min(i + 2, size); ++j) matrix[i * size + j] = 1;
  for (size_t i = 0; i < size; ++i) {
    matrix[i * size] -= std::pow(h, static_cast<double>(i + 1));
    matrix[(size - 1) * size + i] -= std::pow(h, static_cast<double>(size - i));
  }
  if (2 * h > 1) matrix[(size - 1) * size] += std::pow(2 * h - 1, static_cast<double>(size));
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; j < std::min(i + 1, size); ++j)
      matrix[i * size + j] /= std::tgamma(static_cast<double>(i - j + 2));
  return matrix;
}

/// P(D < x) exactly, by the power of a matrix: for up to some hundred rows and small x.
inline double cdf_by_matrix(double n, double x) {
  const double k = std::floor(n * x) + 1;
  const auto size = static_cast<size_t>(2 * k - 1);
  Matrix square = durbin_matrix(size, k - n * x);
  Matrix power(size * size, 0.0);
  for (size_t i = 0; i < size; ++i) power[i * size + i] = 1;
  for (auto exponent = static_cast<unsigned>(n); exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) power = multiply(power, square, size);
    square = multiply(square, square, size);
  }
  double cdf = power[(static_cast<size_t>(k) - 1) * size + static_cast<size_t>(k) - 1];
  for (double i = 1; i <= n; ++i) cdf *= i / n;
  return cdf;
}

/// P(D <= x) by Pelz and Good (1976), eq. 3 to 6, as Simard and L'Ecuyer (2011) give them: K0 + K1/n^½ + K2/n +
/// K3/n^1½.
inline double cdf_by_pelz_good(double n, double x) {
  const double z = x * std::sqrt(n), z2 = z * z, z4 = z2 * z2, z6 = z4 * z2, z8 = z4 * z4;
  const double pi2 = std::numbers::pi * std::numbers::pi, pi4 = pi2 * pi2, pi6 = pi4 * pi2;
  const double terms = std::ceil(16 * z / std::numbers::pi);
  double k0 = 0, k1 = 0, k2 = 0, k3 = 0, k2_extra = 0, k3_extra = 0;
  for (double k = terms; k >= 1; --k) {
    const double m2 = (2 * k - 1) * (2 * k - 1), m4 = m2 * m2;
    const double weight = std::exp(-pi2 * m2 / (8 * z2));
    k0 += weight;
    k1 += weight * (pi2 / 4 * m2 - z2);
    k2 += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * pi2 / 4 * m2 + pi4 * (1 - 2 * z2) / 16 * m4);
    k3 += weight * (-30 * z6 - 90 * z8 + pi2 * (135 * z4 - 96 * z6) / 4 * m2 + pi4 * (212 * z4 - 60 * z2) / 16 * m4 +
                    pi6 * (5 - 30 * z2) / 64 * m4 * m2);
    const double even = std::exp(-pi2 * k * k / (2 * z2)) * k * k;
    k2_extra += even;
    k3_extra += even * (3 * z2 - pi2 * k * k);
  }
  const double scale = std::sqrt(2 * std::numbers::pi);
  const double second = k2 / (72 * z6 * z) - pi2 * k2_extra / (36 * z2 * z);
  const double third = k3 / (6480 * z8 * z2) + pi2 * k3_extra / (216 * z6);
  return scale * (k0 / z + k1 / (6 * z4) / std::sqrt(n) + second / n + third / (n * std::sqrt(n)));
}

}  // namespace kolmogorov_detail

/// P(D >= x) of the two-sided one-sample statistic for n rows (Simard and L'Ecuyer 2011, "Computing the two-sided
/// Kolmogorov–Smirnov distribution"): exact up to 140 rows; beyond, exact in the tail and Pelz–Good's expansion
/// elsewhere.
inline double kolmogorov_sf(double n, double x) {
  using namespace kolmogorov_detail;
  if (x >= 1 || n * x * x > 372) return 0;  // the latter underflows
  const double t = n * x;
  if (t <= 0.5) return 1;
  // From here on D+ and D- cannot both be that large, or hardly ever can.
  const double tail_from = n <= 140 ? 4 : 2.2;
  if (t >= n - 1 || x >= 0.5 || t * x >= tail_from) return std::min(1.0, 2 * smirnov_sf(n, x));
  const double cdf = n <= 140 ? cdf_by_matrix(n, x) : cdf_by_pelz_good(n, x);
  return std::clamp(1 - cdf, 0.0, 1.0);
}

/// P(D >= distance) of two samples without ties, exactly: the share of the lattice paths from (0, 0) to (n, m) that
/// touch the lines at that distance from the diagonal (Hodges 1958, "The significance probability of the Smirnov
/// two-sample test"). Counts the paths that do touch, so small probabilities keep their digits. Takes n m steps at
/// most.
inline double kolmogorov_two_sample_sf(size_t n, size_t m, double distance) {
  if (n < m) std::swap(n, m);
  const size_t divisor = std::gcd(n, m);
  const auto n_step = static_cast<double>(n / divisor), m_step = static_cast<double>(m / divisor);
  // The distance in whole units of 1 / lcm(n, m).
  const double units = std::round(distance * n_step * static_cast<double>(m));
  if (units <= 0) return 1;

  // touched[j]: share of the paths to (i, j) that touched; 1 outside the lines. One column after the other.
  std::vector<double> touched(m + 1, 1.0);
  auto end_of_column = [&](double i) {
    return static_cast<size_t>(std::min(std::ceil((m_step * i + units) / n_step), static_cast<double>(m + 1)));
  };
  std::fill_n(touched.begin(), end_of_column(0), 0.0);
  for (size_t column = 1; column <= n; ++column) {
    const auto i = static_cast<double>(column);
    const double below = std::floor((m_step * i - units) / n_step);
    const size_t begin = below < 0 ? 0 : static_cast<size_t>(below) + 1;
    if (begin > 0) touched[begin - 1] = 1;
    double left = begin > 0 ? 1.0 : 0.0;
    for (size_t row = begin, end = end_of_column(i); row < end; ++row) {
      const auto j = static_cast<double>(row);
      left = touched[row] = (touched[row] * i + left * j) / (i + j);
    }
  }
  return touched[m];
}

}  // namespace veleta::statistics
