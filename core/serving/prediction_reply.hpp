#pragma once

#include <span>
#include <string>

#include "base/json.hpp"
#include "model/bundle.hpp"
#include "model_holder.hpp"

namespace veleta {

/// {"name", "version", "digest"}: which model gave a reply.
json::object model_reference(const ServedModel& model);

/// "prediction", or "predictions" where the request had a list; for a classification also "class", the likelier label,
/// and its "probability" (or "classes" and "probabilities").
json::object prediction_body(std::span<const double> predictions, const TargetSpec& target, bool single);

/// What an explanation is told with besides the attributions.
struct ExplainedRows {
  const ExplanationSet& explanations;
  const json::array& rows;  ///< the request's, for the cells' values
  const std::vector<std::string>& input_columns;
  std::span<const double> predictions;
  const TargetSpec& target;
};

/// "prediction", "base_value" and "attributions" of one row, strongest first, or a list of these as "explanations";
/// then "space", "method" and "explainer". base_value plus the attributions is the prediction, in that space; a
/// classification has class and probability besides.
json::object explanation_body(const ExplainedRows& explained, bool single);

}  // namespace veleta
