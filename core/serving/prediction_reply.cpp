#include "prediction_reply.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

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

json::array attributions_of(const Explanation& explanation, const std::vector<std::string>& columns,
                            const json::object& row) {
  std::vector<size_t> order(explanation.attributions.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::abs(explanation.attributions[a]) > std::abs(explanation.attributions[b]);
  });
  json::array attributions;
  attributions.reserve(order.size());
  for (const size_t index : order) {
    const json::value* cell = row.if_contains(columns[index]);
    attributions.push_back({{"column", columns[index]},
                            {"value", cell ? *cell : json::value(nullptr)},
                            {"attribution", explanation.attributions[index]}});
  }
  return attributions;
}

json::object explained_row(const Explanation& explanation, const json::object& row,
                           const std::vector<std::string>& columns, const TargetSpec& target) {
  json::object body{{"prediction", explanation.prediction}, {"base_value", explanation.base_value}};
  if (explanation.probability) {
    const Classification found = classify(*explanation.probability, target);
    body["class"] = found.label;
    body["probability"] = found.probability;
  }
  body["attributions"] = attributions_of(explanation, columns, row);
  return body;
}

}  // namespace

json::object model_reference(const ServedModel& model) {
  return {{"name", model.version.model}, {"version", std::to_string(model.version.version)}, {"digest", model.digest}};
}

json::object prediction_body(std::span<const double> predictions, const TargetSpec& target, bool single) {
  json::array numbers(predictions.begin(), predictions.end()), classes, probabilities;
  const bool classified = target.task == Task::kBinary;
  if (classified)
    for (const double prediction : predictions) {
      const Classification found = classify(prediction, target);
      classes.emplace_back(found.label);
      probabilities.emplace_back(found.probability);
    }
  json::object body;
  const auto tell = [&](const char* one, const char* many, json::array& values) {
    body[single ? one : many] = single ? std::move(values.front()) : json::value(std::move(values));
  };
  tell("prediction", "predictions", numbers);
  if (classified) tell("class", "classes", classes);
  if (classified) tell("probability", "probabilities", probabilities);
  return body;
}

json::object explanation_body(const ExplanationSet& explanations, const json::array& rows,
                              const std::vector<std::string>& columns, const TargetSpec& target, bool single) {
  json::array explained;
  for (size_t row = 0; row < explanations.rows.size(); ++row)
    explained.push_back(explained_row(explanations.rows[row], rows[row].get_object(), columns, target));
  json::object body;
  if (single)
    body = std::move(explained.front().get_object());
  else
    body["explanations"] = std::move(explained);
  body["space"] = explanations.space;
  body["method"] = explanations.method;
  body["explainer"] = explanations.explainer;
  return body;
}

}  // namespace veleta
