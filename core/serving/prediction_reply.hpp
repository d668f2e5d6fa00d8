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

/// "prediction", "base_value" and "attributions" of one row, strongest first, or a list of these as "explanations";
/// then "space", "method" and "explainer". base_value plus the attributions is the prediction, in that space; a
/// classification has class and probability besides.
///
/// `rows` are the request's, for the cells' values; `columns` are Bundle::input_columns().
json::object explanation_body(const ExplanationSet& explanations, const json::array& rows,
                              const std::vector<std::string>& columns, const TargetSpec& target, bool single);

}  // namespace veleta
