#include "logistic.hpp"

#include <dlib/optimization.h>
#include <cmath>
#include <limits>

namespace ridge {
namespace {

using Vector = dlib::matrix<double, 0, 1>;

/// The mean loss and its gradient. The search asks for both at the same point, one after the other: they are made in
/// one pass over the rows and remembered.
class Loss {
 public:
  Loss(const veleta::MatrixView& rows, std::span<const double> targets, const Standardiser& standardiser, double lambda,
       const std::function<void(int)>& on_iteration)
      : rows_(rows), targets_(targets), standardiser_(standardiser), lambda_(lambda), on_iteration_(on_iteration) {}

  double value(const Vector& weights) { return evaluate(weights), value_; }
  const Vector& gradient(const Vector& weights) { return evaluate(weights), gradient_; }

 private:
  /// `weights`: the coefficients, and the intercept behind them.
  void evaluate(const Vector& weights) {
    if (at_.size() == weights.size() && at_ == weights) return;
    on_iteration_(passes_++);
    const auto columns = static_cast<long>(rows_.columns);
    std::vector<double> z(rows_.columns), sums(rows_.columns, 0);
    double loss = 0, intercept_sum = 0;
    for (size_t row = 0; row < rows_.rows; ++row) {
      standardise(standardiser_, rows_.row(row), z);
      double margin = weights(columns);
      for (size_t i = 0; i < z.size(); ++i) margin += weights(static_cast<long>(i)) * z[i];
      const double decay = std::exp(-std::abs(margin));
      // log(1 + exp(margin)) - target * margin, without overflow
      loss += std::max(margin, 0.0) + std::log1p(decay) - targets_[row] * margin;
      const double error = (margin >= 0 ? 1 : decay) / (1 + decay) - targets_[row];
      intercept_sum += error;
      for (size_t i = 0; i < z.size(); ++i) sums[i] += error * z[i];
    }
    keep(weights, loss, sums, intercept_sum);
  }

  void keep(const Vector& weights, double loss, const std::vector<double>& sums, double intercept_sum) {
    const auto columns = static_cast<long>(sums.size());
    const auto count = static_cast<double>(rows_.rows);
    double squares = 0;
    gradient_.set_size(columns + 1);
    for (long i = 0; i < columns; ++i) {
      squares += weights(i) * weights(i);
      gradient_(i) = (sums[static_cast<size_t>(i)] + lambda_ * weights(i)) / count;
    }
    gradient_(columns) = intercept_sum / count;
    value_ = (loss + lambda_ / 2 * squares) / count;
    at_ = weights;
  }

  const veleta::MatrixView& rows_;
  std::span<const double> targets_;
  const Standardiser& standardiser_;
  double lambda_;
  const std::function<void(int)>& on_iteration_;
  Vector at_, gradient_;
  double value_ = 0;
  int passes_ = 0;
};

/// Where the search starts: no coefficients, the log odds of the classes' shares.
Vector starting_point(std::span<const double> targets, size_t columns) {
  double ones = 0;
  for (double target : targets) ones += target;
  Vector weights(static_cast<long>(columns) + 1);
  weights = 0;
  weights(static_cast<long>(columns)) = std::log(ones / (static_cast<double>(targets.size()) - ones));
  return weights;
}

}  // namespace

Logistic fit_logistic(const veleta::MatrixView& rows, std::span<const double> targets, const Standardiser& standardiser,
                      double lambda, const std::function<void(int iteration)>& on_iteration) {
  Loss loss(rows, targets, standardiser, lambda, on_iteration);
  Vector weights = starting_point(targets, rows.columns);
  dlib::find_min(
      dlib::lbfgs_search_strategy(10), dlib::objective_delta_stop_strategy(1e-10, 500),
      [&](const Vector& at) { return loss.value(at); }, [&](const Vector& at) { return loss.gradient(at); }, weights,
      -std::numeric_limits<double>::infinity());
  return {{weights.begin(), weights.end() - 1}, weights(weights.size() - 1)};
}

}  // namespace ridge
