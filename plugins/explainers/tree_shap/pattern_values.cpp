#include "pattern_values.hpp"

#include <algorithm>
#include <bit>

namespace tree_shap {

PatternValues::PatternValues(size_t features)
    : features_(features),
      rule_(gauss_legendre(std::max<size_t>(1, (features + 1) / 2))),
      levels_(std::bit_width(features) + 3, std::vector<double>(size_t{1} << features)) {}

/// The row's bit if the feature is known, the background's if not: p c + (1 - p) b.
void PatternValues::known(double* array, size_t bit, double p) const {
  const size_t step = size_t{1} << bit;
  for (size_t block = 0; block < patterns(); block += 2 * step)
    for (size_t i = block; i < block + step; ++i) {
      const double without = array[i], with = array[i + step];
      array[i] = (1 - p) * with;
      array[i + step] = p * without + with;
    }
}

/// c - b.
void PatternValues::difference(double* array, size_t bit) const {
  const size_t step = size_t{1} << bit;
  for (size_t block = 0; block < patterns(); block += 2 * step)
    for (size_t i = block; i < block + step; ++i) {
      const double without = array[i];
      array[i] = -array[i + step];
      array[i + step] = without;
    }
}

double* PatternValues::copy_up(size_t level) {
  std::ranges::copy(levels_[level], levels_[level + 1].begin());
  return levels_[level + 1].data();
}

template <typename Emit>
void PatternValues::all_but_one(size_t begin, size_t end, size_t level, double p, const Emit& emit) {
  if (begin == end) return;
  if (end - begin == 1) return emit(begin, level);
  const size_t middle = begin + (end - begin) / 2;
  double* array = copy_up(level);
  for (size_t bit = middle; bit < end; ++bit) known(array, bit, p);
  all_but_one(begin, middle, level + 1, p, emit);
  array = copy_up(level);
  for (size_t bit = begin; bit < middle; ++bit) known(array, bit, p);
  all_but_one(middle, end, level + 1, p, emit);
}

void PatternValues::attributions(std::span<const double> weights, std::span<double> values) {
  std::ranges::fill(values, 0.0);
  for (size_t q = 0; q < rule_.points.size(); ++q) {
    std::ranges::copy(weights, levels_[0].begin());
    all_but_one(0, features_, 0, rule_.points[q], [&](size_t feature, size_t level) {
      double* array = copy_up(level);
      difference(array, feature);
      for (size_t c = 0; c < patterns(); ++c) values[c * features_ + feature] += rule_.weights[q] * array[c];
    });
  }
}

void PatternValues::interactions(std::span<const double> weights, std::span<double> values) {
  std::ranges::fill(values, 0.0);
  const auto pair = [&](size_t i, size_t j) { return i * features_ - i * (i + 1) / 2 + j; };
  for (size_t i = 0; i < features_; ++i)
    for (size_t q = 0; q < rule_.points.size(); ++q) {
      const double p = rule_.points[q], weight = rule_.weights[q] / 2;
      std::ranges::copy(weights, levels_[0].begin());
      difference(levels_[0].data(), i);
      for (size_t bit = 0; bit < i; ++bit) known(levels_[0].data(), bit, p);
      all_but_one(i + 1, features_, 0, p, [&](size_t j, size_t level) {
        double* array = copy_up(level);
        difference(array, j);
        for (size_t c = 0; c < patterns(); ++c) values[c * pairs() + pair(i, j)] += weight * array[c];
      });
    }
  std::vector<double> attributed(patterns() * features_);
  attributions(weights, attributed);
  for (size_t c = 0; c < patterns(); ++c) {
    double* row = &values[c * pairs()];
    for (size_t i = 0; i < features_; ++i) row[pair(i, i)] = attributed[c * features_ + i];
    for (size_t i = 0; i < features_; ++i)
      for (size_t j = i + 1; j < features_; ++j) {
        row[pair(i, i)] -= row[pair(i, j)];
        row[pair(j, j)] -= row[pair(i, j)];
      }
  }
}

}  // namespace tree_shap
