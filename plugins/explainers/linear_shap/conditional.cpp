#include "conditional.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace linear_shap {

namespace {

double dot(const double* a, const double* b, size_t count) { return std::inner_product(a, a + count, b, 0.0); }

}  // namespace

Conditional::Conditional(std::span<const double> coefficients, std::span<const double> covariance)
    : coefficients_(coefficients), covariance_(covariance), factor_(covariance.size()) {
  for (size_t i = 0; i < columns(); ++i)
    explained_.push_back(dot(&covariance_[i * columns()], coefficients_.data(), columns()));
}

void Conditional::learn(size_t feature) {
  double* const next = factor_row(free_.size());
  for (size_t i = 0; i < free_.size(); ++i)
    next[i] = (covariance(feature, free_[i]) - dot(next, factor_row(i), i)) / factor_row(i)[i];
  const double variance = covariance(feature, feature), rest = variance - dot(next, next, free_.size());
  known_.push_back(feature);
  is_free_.push_back(rest > kDetermined * variance);
  if (!is_free_.back()) return;
  next[free_.size()] = std::sqrt(rest);
  free_.push_back(feature);
}

void Conditional::forget() {
  if (is_free_.back()) free_.pop_back();
  known_.pop_back();
  is_free_.pop_back();
}

// With F the free ones of the known and D the determined ones, the weights are b_D on D, and on F the solution w of
// C_FF w = C_F,all b - C_FD b_D: that is b_F and what F tells of the unknown.
void Conditional::weights(std::span<double> weights) const {
  std::fill(weights.begin(), weights.end(), 0.0);
  if (known_.size() == columns()) {
    std::copy(coefficients_.begin(), coefficients_.end(), weights.begin());
    return;
  }
  std::vector<double> solution;
  for (const size_t feature : free_) solution.push_back(explained_[feature]);
  for (size_t i = 0; i < known_.size(); ++i) {
    if (is_free_[i]) continue;
    weights[known_[i]] = coefficients_[known_[i]];
    for (size_t f = 0; f < free_.size(); ++f) solution[f] -= covariance(free_[f], known_[i]) * weights[known_[i]];
  }
  for (size_t i = 0; i < free_.size(); ++i)
    solution[i] = (solution[i] - dot(factor_row(i), solution.data(), i)) / factor_row(i)[i];
  for (size_t i = free_.size(); i-- > 0;) {
    solution[i] /= factor_row(i)[i];
    for (size_t j = 0; j < i; ++j) solution[j] -= factor_row(i)[j] * solution[i];
  }
  for (size_t i = 0; i < free_.size(); ++i) weights[free_[i]] = solution[i];
}

}  // namespace linear_shap
