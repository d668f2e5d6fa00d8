#include "prediction_routes.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/clock.hpp"
#include "http_problem.hpp"
#include "json_text.hpp"
#include "prediction_reply.hpp"

namespace veleta {

namespace {

constexpr const char* kModelVersionHeader = "X-Model-Version";
/// A row's input that is longer is not kept.
constexpr size_t kMaxKeptInputBytes = 4096;
/// Requests with longer bodies must not keep others waiting; a row takes some hundred times longer to explain than to
/// predict.
constexpr size_t kQuickPredictBytes = 64 * 1024, kQuickExplainBytes = 4 * 1024;

std::string kept_input(std::string input) { return input.size() <= kMaxKeptInputBytes ? std::move(input) : ""; }

int64_t microseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
}

std::vector<InferenceRecord> records_of(const InferenceRecord& shared, const json::array& rows,
                                        const std::vector<double>& predictions) {
  std::vector<InferenceRecord> records(rows.size(), shared);
  for (size_t row = 0; row < rows.size(); ++row) {
    records[row].input = kept_input(to_text(rows[row]));
    records[row].prediction = predictions[row];
  }
  return records;
}

/// The record of a request that `problem` ended. A body that is not JSON is not kept: readers of the log expect JSON.
InferenceRecord record_of(InferenceRecord record, const HttpProblem& problem, const HttpRequest& request) {
  record.prediction = std::numeric_limits<double>::quiet_NaN();
  record.status = problem.status();
  record.error = problem.what();
  if (problem.status() == 422) record.input = kept_input(request.body);
  return record;
}

}  // namespace

void require_json(const HttpRequest& request) {
  namespace text = boost::algorithm;
  if (!request.content_encoding.empty() && !text::iequals(request.content_encoding, "identity"))
    throw HttpProblem(415, "The body must not be compressed.");
  const size_t semicolon = request.content_type.find(';');
  const std::string type = text::trim_copy(request.content_type.substr(0, semicolon));
  if (!type.empty() && !text::iequals(type, "application/json"))
    throw HttpProblem(415, "The body must be JSON, and Content-Type say application/json; curl's --json says it.");
  const std::string rest = semicolon == std::string::npos ? "" : request.content_type.substr(semicolon);
  if (text::icontains(rest, "charset=") && !text::icontains(rest, "utf-8"))
    throw HttpProblem(415, "The body must be in UTF-8.");
}

PredictionRoutes::PredictionRoutes(std::string pipeline, size_t max_rows, const ModelHolder& models, InferenceLog& log,
                                   ServerMetrics& metrics)
    : pipeline_(std::move(pipeline)), max_rows_(max_rows), models_(models), log_(log), metrics_(metrics) {}

void PredictionRoutes::add_to(HttpRouter& router) {
  const std::map<int, std::string> problems{{400, "the body is not JSON"},
                                            {413, "the body is too long"},
                                            {415, "the body is not JSON in UTF-8, or compressed"},
                                            {422, "rows do not fit the model's inputs"},
                                            {501, "no explainer reads this model"},
                                            {503, "there is no model yet"}};
  router
      .add("POST", "/predict", [this](const HttpRequest& request) { return serve(request, predict); },
           {.summary = "Predictions of a row, or of many",
            .body = "Rows",
            .replies = {{200, "predictions"}},
            .problems = problems})
      .quick_body_bytes = kQuickPredictBytes;
  router
      .add("POST", "/explain", [this](const HttpRequest& request) { return serve(request, explain); },
           {.summary = "Predictions, with what each column added to them",
            .body = "Rows",
            .replies = {{200, "predictions with attributions"}},
            .problems = problems})
      .quick_body_bytes = kQuickExplainBytes;
}

PredictionRoutes::Answer PredictionRoutes::predict(const Bundle& bundle, const PredictionInput& input) {
  std::vector<double> predictions = bundle.predict(input.table);
  json::object body = prediction_body(predictions, bundle.parts().target, input.single);
  return {std::move(body), std::move(predictions)};
}

PredictionRoutes::Answer PredictionRoutes::explain(const Bundle& bundle, const PredictionInput& input) {
  if (!bundle.can_explain()) throw HttpProblem(501, "No installed explainer can read this model.");
  const ExplanationSet explanations = bundle.explain(input.table);
  std::vector<double> predictions;
  for (const Explanation& row : explanations.rows) predictions.push_back(row.probability.value_or(row.prediction));
  json::object body =
      explanation_body(explanations, input.rows, bundle.input_columns(), bundle.parts().target, input.single);
  return {std::move(body), std::move(predictions)};
}

HttpReply PredictionRoutes::serve(const HttpRequest& request, Compute& compute) {
  const auto start = std::chrono::steady_clock::now();
  const auto model = models_.current();
  InferenceRecord record;
  record.request_id = request.id;
  record.time_ms = now_ms();
  record.pipeline = pipeline_;
  if (model) record.model_version = std::to_string(model->version.version);
  try {
    require_json(request);
    if (!model) throw no_model(models_.status());
    return answer(request, *model, compute, record);
  } catch (...) {
    HttpProblem problem = problem_of(std::current_exception(), request.id);
    record.latency_us = microseconds_since(start);
    log_.append({record_of(record, problem, request)});
    if (model) problem.add_header(kModelVersionHeader, record.model_version);
    throw problem;
  }
}

HttpReply PredictionRoutes::answer(const HttpRequest& request, const ServedModel& model, Compute& compute,
                                   InferenceRecord record) {
  const auto start = std::chrono::steady_clock::now();
  const BundleParts& parts = model.bundle->parts();
  const PredictionInput input =
      read_prediction_input(request.body, {parts.input_schema, parts.rules, parts.target.column, max_rows_});
  Answer answer = compute(*model.bundle, input);
  record.latency_us = microseconds_since(start);

  metrics_.rows_predicted(record.model_version, input.rows.size());
  answer.body["model"] = model_reference(model);
  answer.body["request_id"] = request.id;
  HttpReply reply{200, "application/json", {{kModelVersionHeader, record.model_version}}, to_text(answer.body)};
  log_.append(records_of(record, input.rows, answer.predictions));
  return reply;
}

}  // namespace veleta
