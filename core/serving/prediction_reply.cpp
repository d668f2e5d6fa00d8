#include "prediction_reply.hpp"

namespace veleta {

namespace {

/// The likelier of two labels, and how likely it is.
struct Classification {
  const std::string& label;
  double probability = 0;
};

Classification classify(double positive_probability, const TargetSpec& target) {
  if (positive_probability >= 0.5) return {target.positive, positive_probability};
  return {target.negative, 1 - positive_probability};
}

void write_row(JsonWriter& json, const ExplanationReply& reply, size_t row) {
  const json::object& cells = reply.rows[row].get_object();
  const std::vector<std::string>& columns = reply.features.source_columns();
  const auto write_raw = [&](JsonWriter& to, size_t column) {
    const json::value* cell = cells.if_contains(columns[column]);
    cell ? to.value(*cell) : to.value(nullptr);
  };
  const Explanation& explanation = reply.set.rows[row];
  json.member("prediction", explanation.prediction);
  if (explanation.probability) {
    const Classification found = classify(*explanation.probability, reply.target);
    json.member("class", found.label).member("probability", found.probability);
  }
  write_attributions(json, reply.set, row, reply.features, write_raw, reply.columns);
  if (reply.interactions)
    json.member("interactions", json::value(interactions_json(reply.interactions->rows[row], columns, reply.pairs)));
}

void write_rows(JsonWriter& json, const ExplanationReply& reply) {
  json.key("explanations").begin_list();
  for (size_t row = 0; row < reply.set.rows.size(); ++row) {
    json.begin_object();
    write_row(json, reply, row);
    json.end_object();
  }
  json.end_list();
}

void write_explainer(JsonWriter& json, const ExplanationSet& set) {
  json.member("space", set.space).member("method", set.method).member("explainer", set.explainer);
  if (!set.kernel.empty()) json.member("kernel", set.kernel);
}

/// What each prediction tells, as the one member or as a list of all.
template <typename Tell>
void write_each(JsonWriter& json, std::span<const double> predictions, const char* one, const char* many, bool single,
                Tell tell) {
  if (single) {
    json.member(one, tell(predictions.front()));
    return;
  }
  json.key(many).begin_list();
  for (const double prediction : predictions) json.value(tell(prediction));
  json.end_list();
}

}  // namespace

json::object model_reference(const ServedModel& model) {
  return {{"name", model.version.model}, {"version", std::to_string(model.version.version)}, {"digest", model.digest}};
}

void write_predictions(JsonWriter& json, std::span<const double> predictions, const TargetSpec& target, bool single) {
  const auto write = [&](const char* one, const char* many, auto tell) {
    write_each(json, predictions, one, many, single, tell);
  };
  write("prediction", "predictions", [](double prediction) { return prediction; });
  if (target.task != Task::kBinary) return;
  write("class", "classes", [&](double prediction) { return classify(prediction, target).label; });
  write("probability", "probabilities", [&](double prediction) { return classify(prediction, target).probability; });
}

void write_explanation(JsonWriter& json, const ExplanationReply& reply, bool single) {
  single ? write_row(json, reply, 0) : write_rows(json, reply);
  write_explainer(json, reply.set);
}

void write_explanation_beside(JsonWriter& json, const ExplanationReply& reply, bool single) {
  if (single) {
    json.key("explanation").begin_object();
    write_row(json, reply, 0);
    json.end_object();
  } else {
    write_rows(json, reply);
  }
  write_explainer(json, reply.set);
}

}  // namespace veleta
