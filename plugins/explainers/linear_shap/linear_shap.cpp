#include <cmath>

#include "correlated.hpp"
#include "veleta/explainer.hpp"

namespace {

using namespace veleta;
using linear_shap::Correlated;
using linear_shap::Transform;

/// The model's arrays outlive it, by contract.
class PreparedLinear : public PreparedExplainer {
 public:
  explicit PreparedLinear(const veleta_linear& model) : model_(model), base_value_(model.intercept) {
    for (size_t column = 0; column < model.columns; ++column)
      base_value_ += model.coefficients[column] * model.means[column];
  }

 protected:
  void check(const MatrixView& rows) const {
    if (rows.columns != model_.columns)
      throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(model_.columns) +
                                                   " features, the rows have " + std::to_string(rows.columns));
  }
  size_t columns() const { return model_.columns; }
  double base_value() const { return base_value_; }
  double coefficient(size_t column) const { return model_.coefficients[column]; }
  double distance(const MatrixView& rows, size_t row, size_t column) const {
    return rows.at(row, column) - model_.means[column];
  }

 private:
  veleta_linear model_;
  double base_value_;
};

class PreparedIndependent final : public PreparedLinear {
 public:
  using PreparedLinear::PreparedLinear;

  void explain(const MatrixView& rows, const Attributions& out) const override {
    check(rows);
    for (size_t row = 0; row < rows.rows; ++row)
      for (size_t column = 0; column < columns(); ++column)
        out.values[row * columns() + column] = attribution(rows, row, column);
    out.base_values[0] = base_value();
  }

  /// No two features interact: a matrix has the attributions on its diagonal.
  void interact(const MatrixView& rows, std::span<double> interactions, std::span<double> base_values) const override {
    check(rows);
    std::ranges::fill(interactions, 0.0);
    for (size_t row = 0; row < rows.rows; ++row)
      for (size_t column = 0; column < columns(); ++column)
        interactions[(row * columns() + column) * columns() + column] = attribution(rows, row, column);
    base_values[0] = base_value();
  }

  std::string method() const override { return "features taken as independent"; }

 private:
  double attribution(const MatrixView& rows, size_t row, size_t column) const {
    return coefficient(column) * distance(rows, row, column);
  }
};

class PreparedCorrelated final : public PreparedLinear {
 public:
  PreparedCorrelated(const veleta_linear& model, Correlated correlated, std::string method)
      : PreparedLinear(model), correlated_(std::move(correlated)), method_(std::move(method)) {}

  void explain(const MatrixView& rows, const Attributions& out) const override {
    check(rows);
    std::vector<double> distances(columns());
    for (size_t row = 0; row < rows.rows; ++row) {
      for (size_t column = 0; column < columns(); ++column) distances[column] = distance(rows, row, column);
      for (size_t column = 0; column < columns(); ++column) {
        const size_t at = row * columns() + column;
        out.values[at] = attribution(correlated_.mean, column, distances);
        if (!out.standard_errors.empty()) out.standard_errors[at] = standard_error(column, distances, out.values[at]);
      }
    }
    out.base_values[0] = base_value();
  }

  std::string method() const override { return method_; }

 private:
  double attribution(const Transform& transform, size_t column, std::span<const double> distances) const {
    double sum = 0;
    for (size_t other = 0; other < columns(); ++other) sum += transform[column * columns() + other] * distances[other];
    return sum;
  }

  double standard_error(size_t column, std::span<const double> distances, double mean) const {
    if (correlated_.batches.empty()) return 0;
    const auto batches = static_cast<double>(correlated_.batches.size());
    double squares = 0;
    for (const Transform& batch : correlated_.batches)
      squares += std::pow(attribution(batch, column, distances) - mean, 2);
    return std::sqrt(squares / (batches * (batches - 1)));
  }

  Correlated correlated_;
  std::string method_;
};

/// Shapley values of a linear model. Independent: phi_j = coefficient_j * (x_j - mean_j), absent features taking their
/// training mean (Štrumbelj and Kononenko 2014). Correlated: absent features taking what the present ones let expect
/// (correlated.hpp).
class LinearShap final : public Explainer {
 public:
  LinearShap(const Params& params, const Host& host)
      : host_(host),
        is_correlated_(params.text("dependence") == "correlated"),
        pairs_(static_cast<size_t>(params.integer("permutations"))),
        seed_(static_cast<uint64_t>(params.integer("seed"))) {}

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!model.linear) throw Error(ErrorCode::kUnsupported, "linear_shap explains linear models; this one is not");
    if (!is_correlated_) return std::make_unique<PreparedIndependent>(*model.linear);
    const std::vector<double> covariance = linear_shap::covariance_of(model.background);
    Correlated correlated = linear_shap::correlate({model.linear->coefficients, model.linear->columns}, covariance,
                                                   pairs_, seed_, [this](double fraction) { go_on(fraction); });
    std::string method = "features taken as correlated, " +
                         (correlated.batches.empty() ? std::string("all coalitions")
                                                     : std::to_string(pairs_) + " pairs of opposite orders");
    return std::make_unique<PreparedCorrelated>(*model.linear, std::move(correlated), std::move(method));
  }

 private:
  void go_on(double fraction) const {
    host_.progress(fraction, "orders of the features");
    if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "cancelled while a linear model was made ready");
  }

  Host host_;
  bool is_correlated_;
  size_t pairs_;
  uint64_t seed_;
};

}  // namespace

VELETA_EXPLAINER(LinearShap, "linear_shap", "1.1.0",
                 text_param("dependence", "independent",
                            "what an absent feature is taken to be: its mean, or what the present ones let expect")
                     .choices({"independent", "correlated"}),
                 integer_param("permutations", 100,
                               "correlated, more than 14 features: random orders, each taken with its opposite")
                     .min(20)
                     .max(100000),
                 integer_param("seed", 0, "of the random orders").min(0))
