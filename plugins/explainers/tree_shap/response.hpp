#pragma once

#include <span>

#include "veleta/training.hpp"

namespace tree_shap {

/// What is attributed in place of a margin: the prediction made of it, or the loss of that prediction.
class Response {
 public:
  static Response prediction(veleta::Link link) { return {link, false}; }
  /// Squared error of a margin that is the prediction, log loss of a logistic or softmax one. Throws kUnsupported for
  /// other links.
  static Response loss(veleta::Link link);

  /// How many numbers come of so many margins.
  size_t outputs(size_t margins) const { return is_loss_ ? 1 : margins; }
  /// Fills outputs() numbers. `target`: a loss's; the index of the class with softmax.
  void apply(std::span<const double> margins, double target, double* responses) const;

  /// Whether each number comes of one margin.
  bool elementwise() const { return link_ != veleta::Link::kSoftmax; }
  /// (r(to) - r(from)) / (to - from) where r is the response to one margin; 1 where both are equal, as in shap's
  /// dense_independent (shap, cext/tree_shap.h).
  double slope(double from, double to, double target) const;

 private:
  Response(veleta::Link link, bool is_loss) : link_(link), is_loss_(is_loss) {}
  double of_one(double margin, double target) const;

  veleta::Link link_;
  bool is_loss_;
};

}  // namespace tree_shap
