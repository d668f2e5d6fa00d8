#pragma once

#include <span>
#include <string>

#include "base/json.hpp"
#include "model/explanation_rows.hpp"
#include "model_holder.hpp"

namespace veleta {

// What takes a storage makes all of a reply's values there.

/// {"name", "version", "digest"}: which model gave a reply.
json::object model_reference(const ServedModel& model);

/// "prediction", or "predictions" where the request had a list; for a classification also "class", the likelier label,
/// and its "probability" (or "classes" and "probabilities").
json::object prediction_body(std::span<const double> predictions, const TargetSpec& target, bool single,
                             const json::storage_ptr& storage = {});

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

/// "prediction" and what attributions_json tells of one row, and its "interactions" where asked for; or a list of these
/// as "explanations"; then "space", "method", "explainer" and, where there is one, "kernel". base_value plus the
/// attributions is the prediction, in that space; a classification has class and probability besides.
json::object explanation_body(const ExplanationReply& reply, bool single, const json::storage_ptr& storage = {});

/// The same beside predictions, where they are: a single row's as the member "explanation".
void add_explanations(json::object& body, const ExplanationReply& reply, bool single);

}  // namespace veleta
