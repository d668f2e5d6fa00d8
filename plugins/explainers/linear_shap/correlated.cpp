#include "correlated.hpp"

#include <cmath>
#include <numeric>
#include <string>

#include "conditional.hpp"
#include "masking/random_order.hpp"
#include "veleta/error.hpp"

namespace linear_shap {

namespace {

void add(std::span<double> to, double factor, std::span<const double> what) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += factor * what[i];
}

/// Sums Shapley's formula over all coalitions: that of S counts |S|! (M - |S| - 1)! / M! for each feature outside, with
/// a minus, and (|S| - 1)! (M - |S|)! / M! for each inside.
class AllCoalitions {
 public:
  explicit AllCoalitions(Conditional& conditional)
      : conditional_(conditional), columns_(conditional.columns()), weights_(columns_), is_known_(columns_, false) {
    shares_.push_back(1 / static_cast<double>(columns_));
    for (size_t s = 1; s < columns_; ++s)
      shares_.push_back(shares_.back() * static_cast<double>(s) / static_cast<double>(columns_ - s));
  }

  Transform sum() {
    transform_.assign(columns_ * columns_, 0);
    add_those_with(0, 0);
    return std::move(transform_);
  }

 private:
  /// The coalition that is known, of `size`, and all that add features from `first` on.
  void add_those_with(size_t first, size_t size) {
    conditional_.weights(weights_);
    for (size_t feature = 0; feature < columns_; ++feature)
      add({&transform_[feature * columns_], columns_}, is_known_[feature] ? shares_[size - 1] : -shares_[size],
          weights_);
    for (size_t feature = first; feature < columns_; ++feature) {
      conditional_.learn(feature);
      is_known_[feature] = true;
      add_those_with(feature + 1, size + 1);
      is_known_[feature] = false;
      conditional_.forget();
    }
  }

  Conditional& conditional_;
  size_t columns_;
  std::vector<double> weights_, shares_;
  std::vector<bool> is_known_;
  Transform transform_;
};

/// Adds `share` times what each feature of an order tells when it becomes known.
template <typename Iterator>
void add_order(Conditional& conditional, Iterator first, Iterator last, double share, Transform& transform) {
  const size_t columns = conditional.columns();
  std::vector<double> before(columns, 0), after(columns);
  for (Iterator feature = first; feature != last; ++feature) {
    conditional.learn(*feature);
    conditional.weights(after);
    add({&transform[*feature * columns], columns}, share, after);
    add({&transform[*feature * columns], columns}, -share, before);
    std::swap(before, after);
  }
  for (Iterator feature = first; feature != last; ++feature) conditional.forget();
}

}  // namespace

Correlated correlate(std::span<const double> coefficients, std::span<const double> covariance, size_t pairs,
                     uint64_t seed, const std::function<void(double fraction)>& go_on) {
  Conditional conditional(coefficients, covariance);
  const size_t columns = coefficients.size();
  if (columns <= kMostExactColumns) return {AllCoalitions(conditional).sum(), {}};
  Correlated found{Transform(columns * columns, 0), {}};
  std::mt19937_64 random(seed);
  std::vector<size_t> order(columns);
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t pairs_in_a_batch = (pairs + kBatches - 1) / kBatches;
  for (size_t batch = 0; batch < kBatches; ++batch) {
    Transform& transform = found.batches.emplace_back(columns * columns, 0.0);
    for (size_t pair = 0; pair < pairs_in_a_batch; ++pair) {
      go_on(static_cast<double>(batch * pairs_in_a_batch + pair) / static_cast<double>(kBatches * pairs_in_a_batch));
      masking::draw<size_t>(random, order, columns);
      const double share = 0.5 / static_cast<double>(pairs_in_a_batch);
      add_order(conditional, order.begin(), order.end(), share, transform);
      add_order(conditional, order.rbegin(), order.rend(), share, transform);
    }
    add(found.mean, 1.0 / kBatches, transform);
  }
  return found;
}

std::vector<double> covariance_of(const veleta::MatrixView& rows) {
  const size_t columns = rows.columns;
  std::vector<const float*> complete;
  for (size_t row = 0; row < rows.rows; ++row)
    if (std::none_of(rows.row(row), rows.row(row) + columns, [](float x) { return std::isnan(x); }))
      complete.push_back(rows.row(row));
  if (complete.size() <= columns)
    throw veleta::Error(veleta::ErrorCode::kUnsupported, "the covariance of " + std::to_string(columns) +
                                                             " features needs more than as many rows of the "
                                                             "training data without a missing value, and there are " +
                                                             std::to_string(complete.size()));
  std::vector<double> mean(columns, 0), covariance(columns * columns, 0), distance(columns);
  const double share = 1 / static_cast<double>(complete.size());
  // From the first row on, so that the variance of a constant is 0 and nothing else.
  const auto from_first = [&](const float* row, size_t i) { return double{row[i]} - complete.front()[i]; };
  for (const float* row : complete)
    for (size_t i = 0; i < columns; ++i) mean[i] += share * from_first(row, i);
  for (const float* row : complete) {
    for (size_t i = 0; i < columns; ++i) distance[i] = from_first(row, i) - mean[i];
    for (size_t i = 0; i < columns; ++i) add({&covariance[i * columns], columns}, share * distance[i], distance);
  }
  return covariance;
}

}  // namespace linear_shap
