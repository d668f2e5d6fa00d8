#include "made_windows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <boost/random/discrete_distribution.hpp>
#include <boost/random/lognormal_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/student_t_distribution.hpp>
#include <cmath>
#include <numeric>

namespace veleta::drift_tables {

namespace {

constexpr double kMissingShare = 0.3;

double share_of(Random& random, size_t count, double share) {
  return static_cast<double>(boost::random::binomial_distribution<int>(static_cast<int>(count), share)(random));
}

std::vector<double> draw_values(const Distribution& distribution, Random& random, size_t count) {
  std::vector<double> values(count);
  for (double& value : values) value = distribution.draw(random);
  return values;
}

}  // namespace

NumberWindow::NumberWindow(std::vector<double> values, double missing, double wrong_type)
    : sorted_(std::move(values)), missing_(missing), wrong_type_(wrong_type) {
  std::ranges::sort(sorted_);
  const auto count = static_cast<double>(sorted_.size());
  mean_ = std::accumulate(sorted_.begin(), sorted_.end(), 0.0) / count;
  double squares = 0;
  for (const double value : sorted_) squares += (value - mean_) * (value - mean_);
  deviation_ = std::sqrt(squares / (count - 1));
}

NumericSample NumberWindow::sample() const {
  NumericSample sample{sorted_, static_cast<double>(sorted_.size()), missing_, mean_, deviation_};
  sample.wrong_type_count = wrong_type_;
  return sample;
}

NumberWindow Distribution::full_window(Random& random, size_t rows) const {
  return NumberWindow(draw_values(*this, random, rows));
}

NumberWindow Distribution::window(Random& random, size_t values) const {
  const auto rows = static_cast<size_t>(std::round(static_cast<double>(values) / (1 - kMissingShare)));
  const double missing = share_of(random, rows, kMissingShare);
  std::vector<double> present = draw_values(*this, random, rows - static_cast<size_t>(missing));
  return NumberWindow(std::move(present), missing, share_of(random, static_cast<size_t>(missing), 0.5));
}

std::vector<Distribution> distributions() {
  const auto normal = [](Random& random) { return boost::random::normal_distribution<double>()(random); };
  return {{"normal", normal},
          {"lognormal", [](Random& random) { return boost::random::lognormal_distribution<double>(0, 1)(random); }},
          {"t(2)", [](Random& random) { return boost::random::student_t_distribution<double>(2)(random); }},
          {"ties", [normal](Random& random) { return std::round(2 * normal(random)); }}};
}

std::vector<double> category_shares(size_t levels, bool zipf) {
  std::vector<double> shares(levels, 1);
  if (zipf)
    for (size_t i = 0; i < levels; ++i) shares[i] = 1 / static_cast<double>(i + 1);
  return shares;
}

CategoryPair::CategoryPair(Random& random, const std::vector<double>& shares, size_t rows)
    : reference_(shares.size()), current_(shares.size()) {
  boost::random::discrete_distribution<size_t> draw(shares.begin(), shares.end());
  for (auto* counts : {&reference_, &current_})
    for (size_t row = 0; row < rows; ++row) ++(*counts)[draw(random)];
  for (size_t i = 0; i < shares.size(); ++i) {
    if (reference_[i] + current_[i] == 0) continue;
    texts_.push_back(fmt::format("{:04}", i));
    reference_[texts_.size() - 1] = reference_[i];
    current_[texts_.size() - 1] = current_[i];
  }
  for (const auto& text : texts_) labels_.push_back(text.c_str());
}

CategoricalSample CategoryPair::sample(const std::vector<double>& counts) const {
  const std::span<const double> seen(counts.data(), labels_.size());
  return {labels_, seen, std::accumulate(seen.begin(), seen.end(), 0.0), 0};
}

RowWindow::RowWindow(Random& random, size_t rows)
    : row_count_(static_cast<double>(rows)), features_(rows * kColumns), predictions_(rows), targets_(rows) {
  boost::random::normal_distribution<double> normal;
  for (size_t row = 0; row < rows; ++row) {
    float* values = features_.data() + row * kColumns;
    for (size_t column = 0; column < kColumns; ++column) values[column] = static_cast<float>(normal(random));
    values[1] += values[0];
    predictions_[row] = values[0] - values[2];
    targets_[row] = predictions_[row] + normal(random);
  }
}

RowSample RowWindow::sample() const {
  static constexpr const char* kNames[kColumns] = {"a", "b", "c", "d", "e"};
  RowSample sample;
  sample.row_count = row_count_;
  sample.part_rows = {&row_count_, 1};
  sample.features = {features_.data(), predictions_.size(), kColumns, kNames};
  sample.predictions = predictions_;
  sample.targets = targets_;
  return sample;
}

PartsAndOne::PartsAndOne(Random& random, size_t parts) : parts_(parts), further_(1) {
  boost::random::lognormal_distribution<double> rows(9, 0.2);
  for (double& count : parts_) count = std::round(rows(random));
  std::ranges::sort(parts_);
  further_[0] = std::round(rows(random));
}

RowSample PartsAndOne::sample(const std::vector<double>& parts) {
  RowSample sample;
  sample.part_rows = parts;
  sample.row_count = std::accumulate(parts.begin(), parts.end(), 0.0);
  return sample;
}

}  // namespace veleta::drift_tables
