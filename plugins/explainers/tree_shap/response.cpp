#include "response.hpp"

#include <algorithm>
#include <cmath>

#include "veleta/error.hpp"

namespace tree_shap {
namespace {

using veleta::Error;
using veleta::ErrorCode;
using veleta::Link;

double logistic(double margin) { return 1 / (1 + std::exp(-margin)); }

/// log(1 + exp(margin)), which grows no larger than its result.
double softplus(double margin) { return std::max(margin, 0.0) + std::log1p(std::exp(-std::abs(margin))); }

}  // namespace

Response Response::loss(Link link) {
  if (link == Link::kIdentity || link == Link::kLogistic || link == Link::kSoftmax) return {link, true};
  throw Error(ErrorCode::kUnsupported,
              "tree_shap explains the squared error of an identity link and the log loss of a logistic or softmax one; "
              "this model has another link");
}

double Response::of_one(double margin, double target) const {
  switch (link_) {
    case Link::kLogistic: return is_loss_ ? softplus(margin) - target * margin : logistic(margin);
    case Link::kExponential: return std::exp(margin);
    case Link::kHinge: return margin > 0;
    default: return is_loss_ ? (margin - target) * (margin - target) : margin;
  }
}

void Response::apply(std::span<const double> margins, double target, double* responses) const {
  if (elementwise()) {
    for (size_t i = 0; i < outputs(margins.size()); ++i) responses[i] = of_one(margins[i], target);
    return;
  }
  const double highest = *std::ranges::max_element(margins);
  double sum = 0;
  for (const double margin : margins) sum += std::exp(margin - highest);
  if (is_loss_) {
    responses[0] = highest + std::log(sum) - margins[static_cast<size_t>(target)];
    return;
  }
  for (size_t i = 0; i < margins.size(); ++i) responses[i] = std::exp(margins[i] - highest) / sum;
}

double Response::slope(double from, double to, double target) const {
  if (from == to) return 1;
  if (link_ == Link::kIdentity) return is_loss_ ? from + to - 2 * target : 1;
  const double step = to - from;
  if (std::abs(step) < 1 && link_ != Link::kHinge) {
    // The difference of two nearly equal numbers, by what it is made of.
    const double growth = std::expm1(step);
    if (link_ == Link::kExponential) return std::exp(from) * growth / step;
    if (is_loss_) return std::log1p(logistic(from) * growth) / step - target;
    return logistic(from) * (1 - logistic(to)) * growth / step;
  }
  return (of_one(to, target) - of_one(from, target)) / step;
}

}  // namespace tree_shap
