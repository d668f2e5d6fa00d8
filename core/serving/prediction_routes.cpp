#include "prediction_routes.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "http_problem.hpp"
#include "json_text.hpp"
#include "prediction_reply.hpp"

namespace veleta {

namespace {

constexpr const char* kModelVersionHeader = "X-Model-Version";
/// A row's input that is longer is not kept, and of an error no more.
constexpr size_t kMaxKeptInputBytes = 4096, kMaxKeptErrorBytes = 1024;
/// Room that most replies to a row need.
constexpr size_t kUsualReplyBytes = 4096;
/// Requests with longer bodies must not keep others waiting; a row takes some hundred times longer to explain than to
/// predict.
constexpr size_t kQuickPredictBytes = 64 * 1024, kQuickExplainBytes = 4 * 1024;
/// Interactions take the square of the features, in time and in the reply.
constexpr size_t kMaxInteractionRows = 10, kMaxInteractionFeatures = 500;

/// Besides by its body: whether its query asks for much.
bool takes_long(const HttpRequest& request) {
  if (request.query.empty()) return false;
  return request.body.size() > kQuickExplainBytes || request.query.find("interactions") != std::string::npos;
}

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

/// A body that is not JSON is not kept: readers of the log expect JSON.
std::string kept_body(const std::string& body) {
  if (body.size() > kMaxKeptInputBytes) return "";
  try {
    parse_json(body, "");
    return body;
  } catch (const Error&) {
    return "";
  }
}

/// The record of a request that `problem` ended.
InferenceRecord record_of(InferenceRecord record, const HttpProblem& problem, const HttpRequest& request) {
  record.prediction = std::numeric_limits<double>::quiet_NaN();
  record.status = problem.status();
  record.error = clipped(problem.what(), kMaxKeptErrorBytes);
  if (problem.status() == 422) record.input = kept_body(request.body);
  return record;
}

}  // namespace

void require_json(const HttpRequest& request) {
  namespace text = boost::algorithm;
  if (request.content_type == "application/json" && request.content_encoding.empty()) return;  // as nearly all say it
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
                                   ServerMetrics& metrics, Watched watched)
    : pipeline_(std::move(pipeline)),
      max_rows_(max_rows),
      models_(models),
      log_(log),
      metrics_(metrics),
      watched_(watched) {}

void PredictionRoutes::add_to(HttpRouter& router) {
  const std::map<int, std::string> problems{{400, "the body is not JSON"},
                                            {413, "the body is too long, or has too many rows"},
                                            {415, "the body is not JSON in UTF-8, or compressed"},
                                            {422, "rows do not fit the model's inputs, or the query is wrong"},
                                            {501, "no explainer reads this model, or it has no interactions"},
                                            {503, "there is no model yet"}};
  const QueryParameter pairs{"interactions", "string",
                             "tells the strongest interactions of pairs of columns, too: top5, or all; of 10 rows at "
                             "most"};
  HttpRoute& predictions =
      router.add("POST", "/predict", [this](const HttpRequest& request) { return serve(request, predict); },
                 {.summary = "Predictions of a row, or of many",
                  .query = {{"explain", "string", "explains them, too, by the strongest columns: top5, or all"}, pairs},
                  .body = "Rows",
                  .replies = {{200, "predictions"}},
                  .schema = "Predictions",
                  .problems = problems});
  predictions.quick_body_bytes = kQuickPredictBytes;
  predictions.takes_long = takes_long;
  HttpRoute& explanations = router.add(
      "POST", "/explain", [this](const HttpRequest& request) { return serve(request, explain); },
      {.summary = "Predictions, with what each column added to them",
       .query = {{"explain", "string", "the strongest columns alone, the rest folded: top5; default all"}, pairs},
       .body = "Rows",
       .replies = {{200, "predictions with attributions"}},
       .schema = "Explanation",
       .problems = problems});
  explanations.quick_body_bytes = kQuickExplainBytes;
  explanations.takes_long = takes_long;
}

namespace {

InteractionSet interactions_of(const Bundle& bundle, const ExplanationSet& explained) {
  if (explained.rows.size() > kMaxInteractionRows)
    throw HttpProblem(413, fmt::format("Interactions are told of {} rows at most; the request has {}.",
                                       kMaxInteractionRows, explained.rows.size()));
  if (explained.encoded.columns > kMaxInteractionFeatures)
    throw HttpProblem(501, fmt::format("Interactions are told of models of {} features at most; this one has {}.",
                                       kMaxInteractionFeatures, explained.encoded.columns));
  try {
    return bundle.interactions(explained);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    throw HttpProblem(501, fmt::format("The explainer '{}' has no interactions for this model.", bundle.explainer()));
  }
}

ExplanationSet explain_or_refuse(const Bundle& bundle, const Table& rows) {
  if (!bundle.can_explain()) throw HttpProblem(501, "No installed explainer can read this model.");
  return bundle.explain(rows);
}

/// Rows explained, and what a reply tells of them.
struct Explained {
  Explained(const Bundle& bundle, const PredictionInput& input, const PredictionQuery& query)
      : set(explain_or_refuse(bundle, input.table)),
        interactions(query.pairs ? std::optional(interactions_of(bundle, set)) : std::nullopt),
        reply{set,
              interactions ? &*interactions : nullptr,
              input.rows,
              bundle.parts().features,
              bundle.parts().target,
              query.columns.value_or(kAllColumns),
              query.pairs.value_or(kAllColumns)} {}
  Explained(const Explained&) = delete;
  Explained& operator=(const Explained&) = delete;

  std::vector<double> predictions() const {
    std::vector<double> all;
    for (const Explanation& row : set.rows) all.push_back(row.predicted());
    return all;
  }

  const ExplanationSet set;
  const std::optional<InteractionSet> interactions;
  const ExplanationReply reply;
};

}  // namespace

std::vector<double> PredictionRoutes::predict(const Bundle& bundle, const PredictionInput& input,
                                              const PredictionQuery& query, JsonWriter& json) {
  const TargetSpec& target = bundle.parts().target;
  if (!query.columns && !query.pairs) {
    std::vector<double> predictions = bundle.predict(input.table);
    write_predictions(json, predictions, target, input.single);
    return predictions;
  }
  const Explained explained(bundle, input, query);
  std::vector<double> predictions = explained.predictions();
  write_predictions(json, predictions, target, input.single);
  write_explanation_beside(json, explained.reply, input.single);
  return predictions;
}

std::vector<double> PredictionRoutes::explain(const Bundle& bundle, const PredictionInput& input,
                                              const PredictionQuery& query, JsonWriter& json) {
  const Explained explained(bundle, input, query);
  write_explanation(json, explained.reply, input.single);
  return explained.predictions();
}

ServedRows PredictionRoutes::rows_to_watch(const ServedModel& model, const Table& table,
                                           const std::vector<double>& predictions) const {
  if (!watched_.columns && !watched_.predictions) return {};
  return {model.version.version, watched_.columns ? &table : nullptr, predictions};
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
  const PredictionQuery query = parse_prediction_query(request.query);
  const BundleParts& parts = model.bundle->parts();
  const PredictionInput input =
      read_prediction_input(request.body, {parts.input_schema, parts.rules, parts.target.column, max_rows_});
  JsonWriter json(JsonWriter::Layout::kLine, kUsualReplyBytes);
  json.begin_object();
  const std::vector<double> predictions = compute(*model.bundle, input, query, json);
  json.member("model", json::value(model_reference(model))).member("request_id", request.id).end_object();
  record.latency_us = microseconds_since(start);

  metrics_.rows_predicted(record.model_version, input.rows.size());
  log_.append(records_of(record, input.rows, predictions), rows_to_watch(model, input.table, predictions));
  return {200, "application/json", {{kModelVersionHeader, record.model_version}}, json.take()};
}

}  // namespace veleta
