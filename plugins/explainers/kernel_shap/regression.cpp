#include "regression.hpp"

#include <cmath>
#include <numeric>

namespace kernel_shap {

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Regression::Regression(size_t players, Design design)
    : players_(players), unknowns_(players - 1), design_(std::move(design)) {
  rows_.reserve(design_.pairs.size() * unknowns_);
  for (size_t pair = 0; pair < design_.pairs.size(); ++pair) {
    const masking::Coalition& coalition = design_.coalitions[2 * pair];
    for (size_t i = 0; i < unknowns_; ++i)
      rows_.push_back(double(coalition.contains(i)) - coalition.contains(unknowns_));
  }
  factorize();
}

/// Cholesky's factor of the normal equations. Never singular: each player alone is in every design.
void Regression::factorize() {
  factor_.assign(unknowns_ * unknowns_, 0);
  for (size_t pair = 0; pair < design_.pairs.size(); ++pair) {
    const std::span<const double> z = row(pair);
    for (size_t i = 0; i < unknowns_; ++i)
      if (const double weighted = 2 * design_.pairs[pair].weight * z[i]; weighted != 0)
        for (size_t j = 0; j <= i; ++j) factor_[i * unknowns_ + j] += weighted * z[j];
  }
  for (size_t i = 0; i < unknowns_; ++i) {
    double* const at = &factor_[i * unknowns_];
    for (size_t j = 0; j <= i; ++j) {
      const double* const above = &factor_[j * unknowns_];
      const double rest = at[j] - dot({at, j}, {above, j});
      at[j] = i == j ? std::sqrt(rest) : rest / above[j];
    }
  }
}

void Regression::solve_in_place(std::span<double> b) const {
  for (size_t i = 0; i < unknowns_; ++i) {
    const double* const at = &factor_[i * unknowns_];
    b[i] = (b[i] - dot({at, i}, b)) / at[i];
  }
  for (size_t i = unknowns_; i-- > 0;) {
    const double* const at = &factor_[i * unknowns_];
    b[i] /= at[i];
    for (size_t j = 0; j < i; ++j) b[j] -= at[j] * b[i];
  }
}

/// What the players but the last add to a coalition, given what the last one adds if the others add nothing.
double Regression::target(const Played& played, size_t coalition) const {
  const double last = design_.coalitions[coalition].contains(unknowns_) ? played.all - played.none : 0;
  return played.value(coalition) - played.none - last;
}

void Regression::solve(const Played& played, std::span<double> values) const {
  const std::span<double> unknown = values.first(unknowns_);
  std::fill(unknown.begin(), unknown.end(), 0.0);
  for (size_t pair = 0; pair < design_.pairs.size(); ++pair) {
    // The complement's row is the same with its sign turned.
    const double weighted = design_.pairs[pair].weight * (target(played, 2 * pair) - target(played, 2 * pair + 1));
    const std::span<const double> z = row(pair);
    for (size_t i = 0; i < unknowns_; ++i) unknown[i] += weighted * z[i];
  }
  solve_in_place(unknown);
  values[unknowns_] = played.all - played.none - std::accumulate(unknown.begin(), unknown.end(), 0.0);
}

void Regression::standard_errors(const Played& played, std::span<const double> values, std::span<double> errors) const {
  std::fill(errors.begin(), errors.end(), 0.0);
  if (design_.draws == 0) return;
  std::vector<double> influences, mean(players_, 0);  // of one draw of each drawn pair on the values
  std::vector<double> counts;
  const auto draws = static_cast<double>(design_.draws);
  for (size_t pair = 0; pair < design_.pairs.size(); ++pair) {
    const auto count = static_cast<double>(design_.pairs[pair].draws);
    if (count == 0) continue;
    const std::span<const double> z = row(pair);
    const double fitted = dot(z, values.first(unknowns_));
    const double residuals = target(played, 2 * pair) - target(played, 2 * pair + 1) - 2 * fitted;
    std::vector<double> influence(z.begin(), z.end());
    for (double& x : influence) x *= design_.pairs[pair].weight / count * residuals;
    solve_in_place(influence);
    influence.push_back(-std::accumulate(influence.begin(), influence.end(), 0.0));
    for (size_t i = 0; i < players_; ++i) mean[i] += count / draws * influence[i];
    influences.insert(influences.end(), influence.begin(), influence.end());
    counts.push_back(count);
  }
  for (size_t pair = 0; pair < counts.size(); ++pair)
    for (size_t i = 0; i < players_; ++i)
      errors[i] += counts[pair] * std::pow(influences[pair * players_ + i] - mean[i], 2);
  for (double& error : errors) error = std::sqrt(error * draws / (draws - 1));
}

}  // namespace kernel_shap
