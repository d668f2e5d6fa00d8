#pragma once

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

// Limits of exponentially weighted moving averages whose mean run length is at least a number.

namespace veleta::ewma {

/// Points and weights of an integral over (0, end), good for what varies over a length of `scale`.
inline std::vector<std::pair<double, double>> quadrature(double end, double scale) {
  using Rule = boost::math::quadrature::gauss<double, 15>;
  const int panels = std::max(1, static_cast<int>(std::ceil(end / (4 * scale))));
  const double half = 0.5 * end / panels;
  std::vector<std::pair<double, double>> points;
  for (int panel = 0; panel < panels; ++panel)
    for (size_t i = 0; i < Rule::abscissa().size(); ++i)
      for (const double sign : {-1.0, 1.0})
        if (sign > 0 || Rule::abscissa()[i] != 0)
          points.emplace_back(half * (2 * panel + 1 + sign * Rule::abscissa()[i]), half * Rule::weights()[i]);
  return points;
}

/// Solves matrix * x = 1 for every row, by Gauss's elimination with pivots; returns x.
inline std::vector<double> solve_for_ones(std::vector<std::vector<double>> matrix) {
  const size_t size = matrix.size();
  for (auto& row : matrix) row.push_back(1);
  for (size_t step = 0; step < size; ++step) {
    const auto larger = [&](const auto& a, const auto& b) { return std::abs(a[step]) < std::abs(b[step]); };
    std::swap(matrix[step],
              *std::max_element(matrix.begin() + static_cast<std::ptrdiff_t>(step), matrix.end(), larger));
    for (size_t row = step + 1; row < size; ++row) {
      const double factor = matrix[row][step] / matrix[step][step];
      for (size_t column = step; column <= size; ++column) matrix[row][column] -= factor * matrix[step][column];
    }
  }
  std::vector<double> solution(size);
  for (size_t row = size; row-- > 0;) {
    double rest = matrix[row][size];
    for (size_t column = row + 1; column < size; ++column) rest -= matrix[row][column] * solution[column];
    solution[row] = rest / matrix[row][row];
  }
  return solution;
}

/// Mean run length of the average of standard normal values, from 0, between -limit and limit in its own standard
/// deviations: the integral equation of Crowder (1987, Technometrics 29, eq. 2), which the Markov chain of Brook and
/// Evans (1972) comes to with many states; folded at 0. Good to about 1e9 values.
inline double normal_run_length(double lambda, double limit) {
  const double end = limit * std::sqrt(lambda / (2 - lambda));
  const auto points = quadrature(end, lambda);
  const auto density = [&](double to, double from) {
    const double up = (to - (1 - lambda) * from) / lambda, down = (to + (1 - lambda) * from) / lambda;
    return (std::exp(-0.5 * up * up) + std::exp(-0.5 * down * down)) / (lambda * std::sqrt(2 * std::numbers::pi));
  };
  std::vector<std::vector<double>> matrix(points.size(), std::vector<double>(points.size()));
  for (size_t i = 0; i < points.size(); ++i)
    for (size_t j = 0; j < points.size(); ++j)
      matrix[i][j] = (i == j) - points[j].second * density(points[j].first, points[i].first);
  const auto lengths = solve_for_ones(std::move(matrix));
  double from_zero = 1;
  for (size_t j = 0; j < points.size(); ++j) from_zero += points[j].second * density(points[j].first, 0) * lengths[j];
  return from_zero;
}

/// The limit, in the average's standard deviations, that such a run length belongs to.
inline double normal_limit(double lambda, double run_length) {
  double low = 0.1, high = 9;
  for (int i = 0; i < 22; ++i) {
    const double middle = 0.5 * (low + high);
    const double length = normal_run_length(lambda, middle);
    // Past what the arithmetic resolves the equation's solution turns negative.
    (length > run_length || length < 0 ? high : low) = middle;
  }
  return high;
}

/// Logarithm of E exp(t (average - share)), the average being of values that are 1 with chance `share`, else 0.
inline double binary_cumulant(double lambda, double share, double t) {
  double sum = 0;
  for (double weight = t * lambda; weight > 1e-9 * t; weight *= 1 - lambda)
    sum += std::log1p(share * std::expm1(weight)) - share * weight;
  return sum;
}

/// How far above `share` the average of such values lies with a chance of at most `chance`, at any one time: Chernoff's
/// bound.
inline double binary_margin(double lambda, double share, double chance) {
  const double evidence = -std::log(chance);
  const auto margin = [&](double log_t) {
    const double t = std::exp(log_t);
    return (binary_cumulant(lambda, share, t) + evidence) / t;
  };
  // (convex + constant) / t has one minimum.
  double low = std::log(1e-3), high = std::log(700 / lambda);
  for (int i = 0; i < 60; ++i) {
    const double third = (high - low) / 3;
    if (margin(low + third) < margin(high - third))
      high -= third;
    else
      low += third;
  }
  return margin(0.5 * (low + high));
}

}  // namespace veleta::ewma
