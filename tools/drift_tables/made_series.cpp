#include "made_series.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <numeric>

namespace veleta::drift_tables {

std::string Origin::name() const { return is_error ? fmt::format("errors {}", level) : "normal"; }

std::vector<double> Origin::draw(Random& random, size_t count) const {
  boost::random::normal_distribution<double> normal(level, 1);
  boost::random::uniform_01<double> uniform;
  std::vector<double> values(count);
  for (double& value : values) value = is_error ? uniform(random) < level : normal(random);
  return values;
}

Series Origin::described_by(const std::vector<double>& values) const {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto [least, greatest] = std::ranges::minmax_element(values);
  return {count, mean, std::sqrt(squares / (count - 1)), *least, *greatest, is_error};
}

Series Origin::known() const {
  Series series{0, level, 1, level - 6, level + 6, false};
  if (is_error) series = {0, level, std::sqrt(level * (1 - level)), 0, 1, true};
  series.row_count = 1e12;
  return series;
}

}  // namespace veleta::drift_tables
