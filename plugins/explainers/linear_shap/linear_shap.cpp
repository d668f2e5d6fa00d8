#include "veleta/explainer.hpp"

namespace {

using namespace veleta;

class PreparedLinear final : public PreparedExplainer {
 public:
  explicit PreparedLinear(const veleta_linear& model) : model_(model), base_value_(model.intercept) {
    for (size_t column = 0; column < model.columns; ++column)
      base_value_ += model.coefficients[column] * model.means[column];
  }

  void explain(const MatrixView& rows, const Attributions& out) const override {
    if (rows.columns != model_.columns)
      throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(model_.columns) +
                                                   " features, the rows have " + std::to_string(rows.columns));
    for (size_t row = 0; row < rows.rows; ++row)
      for (size_t column = 0; column < rows.columns; ++column)
        out.values[row * rows.columns + column] =
            model_.coefficients[column] * (rows.at(row, column) - model_.means[column]);
    out.base_values[0] = base_value_;
  }

 private:
  veleta_linear model_;  // its arrays outlive this object, by contract
  double base_value_;
};

/// phi_j = coefficient_j * (x_j - mean_j): the Shapley values of a linear model whose absent features take their
/// training mean (Štrumbelj and Kononenko 2014; "independent" in the shap package).
class LinearShap final : public Explainer {
 public:
  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!model.linear) throw Error(ErrorCode::kUnsupported, "linear_shap explains linear models; this one is not");
    return std::make_unique<PreparedLinear>(*model.linear);
  }
};

}  // namespace

VELETA_EXPLAINER(LinearShap, "linear_shap", "1.0.0")
