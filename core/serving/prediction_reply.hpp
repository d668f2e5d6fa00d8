#pragma once

#include <span>
#include <string>

#include "base/json_writer.hpp"
#include "model/explanation_rows.hpp"
#include "model_holder.hpp"

namespace veleta {

/// {"name", "version", "digest"}: which model gave a reply.
json::object model_reference(const ServedModel& model);

// What writes a reply writes members of the object that is open.

/// "prediction", or "predictions" where the request had a list; for a classification also "class", the likelier label,
/// and its "probability" (or "classes" and "probabilities").
void write_predictions(JsonWriter& json, std::span<const double> predictions, const TargetSpec& target, bool single);

/// What replies tell of explained rows; all of it outlives the call.
struct ExplanationReply {
  const ExplanationSet& set;
  const InteractionSet* interactions = nullptr;  ///< of the same rows; null: not asked for
  const json::array& rows;                       ///< the request's, for the cells' values
  const FeatureEncoder& features;                ///< the bundle's
  const TargetSpec& target;
  size_t columns = kAllColumns;  ///< so many of the strongest attributions
  size_t pairs = kAllColumns;    ///< so many of the strongest interactions
};

/// "prediction" and what write_attributions tells of one row, and its "interactions" where asked for; or a list of
/// these as "explanations"; then "space", "method", "explainer" and, where there is one, "kernel". base_value plus the
/// attributions is the prediction, in that space; a classification has class and probability besides.
void write_explanation(JsonWriter& json, const ExplanationReply& reply, bool single);

/// The same beside predictions, where they are: a single row's as the member "explanation".
void write_explanation_beside(JsonWriter& json, const ExplanationReply& reply, bool single);

}  // namespace veleta
