#include "made_series.hpp"

#include <algorithm>
#include <cmath>

#include "made_windows.hpp"

namespace veleta::contract {

namespace {

constexpr size_t kBefore = 3000, kAfter = 1500, kKnown = 5000;

std::vector<double> errors(uint64_t seed, size_t count, double quantile) {
  auto values = bell(seed, count);
  for (double& value : values) value = value < quantile;
  return values;
}

}  // namespace

std::vector<double> joined(std::vector<double> first, const std::vector<double>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Series described(const std::vector<double>& values, bool is_error) {
  Series series;
  series.row_count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  series.mean = sum / series.row_count;
  for (const double value : values) squares += (value - series.mean) * (value - series.mean);
  series.standard_deviation = std::sqrt(squares / (series.row_count - 1));
  series.minimum = *std::ranges::min_element(values);
  series.maximum = *std::ranges::max_element(values);
  series.is_error = is_error;
  return series;
}

std::vector<MadeSeries> made_series() {
  const double fifth = -0.84, most = 0.52;  // normal quantiles of 0.2 and 0.7
  const auto wrong = joined(errors(30, kBefore, fifth), errors(31, kAfter, most));
  const auto numbers = joined(bell(32, kBefore, 10, 2), bell(33, kAfter, 18, 2));
  Series unknown_errors;
  unknown_errors.is_error = true;
  return {{"errors", described(errors(34, kKnown, fifth), true), wrong, kBefore},
          {"errors of unknown share", unknown_errors, wrong, kBefore},
          {"numbers", described(bell(35, kKnown, 10, 2), false), numbers, kBefore},
          {"numbers of which nothing is known", {}, numbers, kBefore}};
}

}  // namespace veleta::contract
