#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "veleta/explainer.hpp"

namespace masking {

/// Turns one row's margins, all outputs, into predictions.
inline void apply_link(veleta::Link link, std::span<double> margins) {
  switch (link) {
    case veleta::Link::kIdentity: return;
    case veleta::Link::kLogistic:
      for (double& margin : margins) margin = 1 / (1 + std::exp(-margin));
      return;
    case veleta::Link::kExponential:
      for (double& margin : margins) margin = std::exp(margin);
      return;
    case veleta::Link::kHinge:
      for (double& margin : margins) margin = margin > 0;
      return;
    case veleta::Link::kSoftmax: {
      const double largest = *std::ranges::max_element(margins);
      double sum = 0;
      for (double& margin : margins) sum += margin = std::exp(margin - largest);
      for (double& margin : margins) margin /= sum;
      return;
    }
  }
  throw veleta::Error(veleta::ErrorCode::kUnsupported,
                      "the model's link " + std::to_string(static_cast<int>(link)) + " is not known");
}

/// A model, the rows that stand for what is not known, and what the model says of them. Thread-safe.
class MaskedModel {
 public:
  /// `model` must outlive this. Of its background at most `most_rows` are kept, evenly spread. Throws kUnsupported
  /// where it has none.
  MaskedModel(const veleta::Explainable& model, size_t most_rows, veleta::Space space)
      : columns_(model.columns), outputs_(model.outputs), model_(model), space_(space) {
    const size_t there = model.background.rows;
    if (there == 0 || columns_ == 0)
      throw veleta::Error(
          veleta::ErrorCode::kUnsupported,
          "a model without a view is explained against rows of its training data, and it came with none");
    rows_ = std::min(there, most_rows);
    for (size_t row = 0; row < rows_; ++row) {
      const float* from = model.background.row(row * there / rows_);
      background_.insert(background_.end(), from, from + columns_);
    }
    values_.resize(rows_ * outputs_);
    evaluate(background_, values_);
    base_values_.assign(outputs_, 0);
    for (size_t i = 0; i < values_.size(); ++i) base_values_[i % outputs_] += values_[i];
    for (double& base_value : base_values_) base_value /= static_cast<double>(rows_);
  }

  size_t columns() const { return columns_; }
  size_t outputs() const { return outputs_; }
  veleta::Space space() const { return space_; }
  size_t background_rows() const { return rows_; }
  std::span<const float> background() const { return background_; }
  const float* background_row(size_t row) const { return &background_[row * columns_]; }
  /// What the model says of each background row, outputs() numbers each, …
  std::span<const double> background_values() const { return values_; }
  /// … and their means.
  std::span<const double> base_values() const { return base_values_; }

  /// Margins or predictions of rows, outputs() numbers each.
  void evaluate(std::span<const float> rows, std::span<double> values) const {
    model_.margin({rows.data(), rows.size() / columns_, columns_, model_.background.names}, values);
    if (space_ == veleta::Space::kMargin) return;
    for (size_t first = 0; first < values.size(); first += outputs_)
      apply_link(model_.link, values.subspan(first, outputs_));
  }

 private:
  size_t columns_, outputs_, rows_ = 0;
  veleta::Explainable model_;
  veleta::Space space_;
  std::vector<float> background_;
  std::vector<double> values_, base_values_;
};

/// The parameters that every explainer of masked models has.
inline veleta::ParamSpec background_rows_param() {
  return veleta::integer_param("background_rows", 100,
                               "rows of the training data that stand for what is not known of a row, at most")
      .min(1)
      .max(100000)
      .unit("rows");
}
inline veleta::ParamSpec space_param() {
  return veleta::text_param(
             "space", "margin",
             "what attributions add up to: the model's margin (log odds), or its prediction (probability)")
      .choices({"margin", "prediction"});
}
inline veleta::ParamSpec seed_param() {
  return veleta::integer_param("seed", 0, "of the random numbers: the same seed, the same attributions").min(0);
}
inline veleta::Space space_of(const veleta::Params& params) {
  return params.text("space") == "prediction" ? veleta::Space::kResponse : veleta::Space::kMargin;
}

}  // namespace masking
