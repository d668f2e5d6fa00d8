#include "prediction_reply.hpp"

namespace veleta {

namespace {

/// The likelier of two labels, and how likely it is.
struct Classification {
  std::string label;
  double probability = 0;
};

Classification classify(double positive_probability, const TargetSpec& target) {
  if (positive_probability >= 0.5) return {target.positive, positive_probability};
  return {target.negative, 1 - positive_probability};
}

json::object explained_row(const ExplanationReply& reply, size_t row, const json::storage_ptr& storage) {
  const json::object& cells = reply.rows[row].get_object();
  const std::vector<std::string>& columns = reply.features.source_columns();
  const auto raw = [&](size_t column) {
    const json::value* cell = cells.if_contains(columns[column]);
    return cell ? *cell : json::value(nullptr);
  };
  const Explanation& explanation = reply.set.rows[row];
  json::object body({{"prediction", explanation.prediction}}, storage);
  if (explanation.probability) {
    const Classification found = classify(*explanation.probability, reply.target);
    body["class"] = found.label;
    body["probability"] = found.probability;
  }
  for (auto& [key, value] : attributions_json(reply.set, row, reply.features, raw, reply.columns, storage))
    body[key] = std::move(value);
  if (reply.interactions) body["interactions"] = interactions_json(reply.interactions->rows[row], columns, reply.pairs);
  return body;
}

json::array explained_rows(const ExplanationReply& reply, const json::storage_ptr& storage) {
  json::array rows(storage);
  for (size_t row = 0; row < reply.set.rows.size(); ++row) rows.push_back(explained_row(reply, row, storage));
  return rows;
}

void add_explainer(json::object& body, const ExplanationSet& set) {
  body["space"] = set.space;
  body["method"] = set.method;
  body["explainer"] = set.explainer;
  if (!set.kernel.empty()) body["kernel"] = set.kernel;
}

}  // namespace

json::object model_reference(const ServedModel& model) {
  return {{"name", model.version.model}, {"version", std::to_string(model.version.version)}, {"digest", model.digest}};
}

json::object prediction_body(std::span<const double> predictions, const TargetSpec& target, bool single,
                             const json::storage_ptr& storage) {
  json::array numbers(predictions.begin(), predictions.end(), storage), classes(storage), probabilities(storage);
  const bool classified = target.task == Task::kBinary;
  if (classified)
    for (const double prediction : predictions) {
      const Classification found = classify(prediction, target);
      classes.emplace_back(found.label);
      probabilities.emplace_back(found.probability);
    }
  json::object body(storage);
  const auto tell = [&](const char* one, const char* many, json::array& values) {
    body[single ? one : many] = single ? std::move(values.front()) : json::value(std::move(values));
  };
  tell("prediction", "predictions", numbers);
  if (classified) tell("class", "classes", classes);
  if (classified) tell("probability", "probabilities", probabilities);
  return body;
}

json::object explanation_body(const ExplanationReply& reply, bool single, const json::storage_ptr& storage) {
  json::object body = single ? explained_row(reply, 0, storage)
                             : json::object({{"explanations", explained_rows(reply, storage)}}, storage);
  add_explainer(body, reply.set);
  return body;
}

void add_explanations(json::object& body, const ExplanationReply& reply, bool single) {
  if (single)
    body["explanation"] = explained_row(reply, 0, body.storage());
  else
    body["explanations"] = explained_rows(reply, body.storage());
  add_explainer(body, reply.set);
}

}  // namespace veleta
