#include "stream_routes.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <numeric>
#include <thread>

#include "hook_reply.hpp"
#include "prediction_routes.hpp"

namespace veleta {

namespace {

constexpr const char* kPipelineLabels = "/v1/pipelines/{pipeline}/labels";
constexpr const char* kStreams = "/v1/pipelines/{pipeline}/streams";
constexpr size_t kMaxFields = 20;
/// A client may be faster than the inference log.
constexpr int kLogTries = 20;
constexpr std::chrono::milliseconds kLogPause{25};

bool is_fault(const LabelOutcome& outcome) {
  return outcome.how != Labelled::kStored && outcome.how != Labelled::kRepeated;
}

int status_of(Labelled how) {
  switch (how) {
    case Labelled::kUnknownRequest: return 404;
    case Labelled::kConflict: return 409;
    default: return 422;
  }
}

const char* code_of(Labelled how) {
  switch (how) {
    case Labelled::kUnknownRequest: return "unknown-request";
    case Labelled::kConflict: return "label-conflict";
    default: return "wrong-count";
  }
}

FieldProblem field_of(const LabelOutcome& outcome, const RequestLabels& request, const std::string& pointer) {
  switch (outcome.how) {
    case Labelled::kUnknownRequest:
      return {pointer + "/request_id", "No answered request of this id is in the inference log.",
              "the id that a prediction came with", "another id"};
    case Labelled::kConflict:
      return {fmt::format("{}/labels/{}", pointer, outcome.row_at_odds),
              "The row has another label already, and a label that is stored stays.", "the same label", "another one"};
    default: {
      const std::string expected = fmt::format("{} labels, one a row", outcome.rows);
      const std::string found = std::to_string(request.labels.size());
      return {pointer + "/labels", fmt::format("Expected {}, found {}.", expected, found), expected, found};
    }
  }
}

size_t stored(const std::vector<LabelOutcome>& outcomes) {
  size_t count = 0;
  for (const auto& outcome : outcomes) count += outcome.stored;
  return count;
}

/// Throws the problem of the requests whose labels were not stored, if there are any.
void refuse_faults(const LabelsBody& body, const std::vector<LabelOutcome>& outcomes) {
  std::vector<FieldProblem> fields;
  for (size_t i = 0; i < outcomes.size() && fields.size() < kMaxFields; ++i)
    if (is_fault(outcomes[i])) fields.push_back(field_of(outcomes[i], body.requests[i], body.pointer(i)));
  if (fields.empty()) return;
  const auto first = std::ranges::find_if(outcomes, is_fault);
  std::string detail = fields.front().pointer + ": " + fields.front().detail;
  if (!body.single)
    detail += fmt::format(" So are {} of {} requests; of the others {} labels were stored.",
                          std::ranges::count_if(outcomes, is_fault), outcomes.size(), stored(outcomes));
  throw HttpProblem(status_of(first->how), detail, std::move(fields)).with_code(code_of(first->how));
}

/// Its rows may not all be in the inference log yet.
bool is_incomplete(const LabelOutcome& outcome) {
  return outcome.how == Labelled::kUnknownRequest || outcome.how == Labelled::kWrongCount;
}

uint64_t written(const InferenceLogFigures& log) { return log.written_rows + log.failed_rows; }

std::string alarm_time(const json::object& watch) {
  const json::value* alarm = watch.if_contains("last_alarm");
  return alarm && alarm->is_object() ? text_or_empty(alarm->get_object(), "time") : "";
}

}  // namespace

StreamRoutes::StreamRoutes(std::string pipeline, HookContext context, const ModelHolder& models,
                           const InferenceLog& log, StreamWatcher& streams)
    : pipeline_(std::move(pipeline)), context_(std::move(context)), models_(models), log_(log), streams_(streams) {}

void StreamRoutes::add_to(HttpRouter& router) {
  const RouteDoc doc{.summary = "What truly was of rows that were served: labels by the request's id",
                     .body = "LabelsBody",
                     .replies = {{200, "how many labels were new, and how many were there"}},
                     .schema = "LabelsStored",
                     .problems = {{400, "the body is not JSON"},
                                  {404, "no answered request of that id is in the inference log"},
                                  {409, "a row has another label already"},
                                  {413, "too many labels"},
                                  {415, "the body is not JSON in UTF-8, or compressed"},
                                  {422, "the body is not as it must be, or has another number of labels than rows"}}};
  add_hook(
      router, "POST", "/labels", [this](const HttpRequest& request) { return label(request, pipeline_); }, doc);
  add_hook(
      router, "POST", kPipelineLabels,
      [this](const HttpRequest& request) { return label(request, request.path_parameter("pipeline")); }, doc);
  add_hook(router, "GET", kStreams, [this](const HttpRequest& request) { return list(request); },
           {.summary = "How the streams stand that are watched while the model serves: the newest alarms first",
            .query = {{"stream", "string", "of this stream alone"},
                      {"series", "string", "of this series alone: a column, prediction or error"},
                      {"cursor", "integer", "`next` of the page before"}},
            .replies = {{200, "a page of them"}},
            .schema = "Streams",
            .problems = {{404, "no such pipeline"}}});
}

bool StreamRoutes::takes_numbers_alone(const std::string& pipeline) const {
  const auto model = pipeline == pipeline_ ? models_.current() : nullptr;
  return model && model->bundle->parts().target.task == Task::kRegression;
}

HttpReply StreamRoutes::label(const HttpRequest& request, const std::string& pipeline) const {
  require_json(request);
  if (pipeline != pipeline_) require_pipeline(context_, pipeline);
  const LabelsBody body = read_labels_body(request.body, takes_numbers_alone(pipeline));
  const std::vector<LabelOutcome> outcomes = store_labels(pipeline, body);
  if (pipeline == pipeline_ && stored(outcomes) > 0) streams_.look_at_labels();
  refuse_faults(body, outcomes);
  size_t labels = 0;
  for (const auto& one : body.requests)
    labels += static_cast<size_t>(std::ranges::count_if(one.labels, [](const auto& text) { return text != "null"; }));
  return hook_reply({{"stored", stored(outcomes)}, {"repeated", labels - stored(outcomes)}});
}

/// A request that is not in the inference log may still be on its way there: what waited at first is awaited.
std::vector<LabelOutcome> StreamRoutes::store_labels(const std::string& pipeline, const LabelsBody& body) const {
  std::vector<LabelOutcome> all(body.requests.size());
  std::vector<size_t> left(body.requests.size());
  std::iota(left.begin(), left.end(), size_t{0});
  const InferenceLogFigures first = log_.figures();
  const uint64_t awaited = pipeline == pipeline_ ? written(first) + first.queued_rows + first.spooled_rows : 0;
  for (int tries = 0; tries <= kLogTries; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(kLogPause);
    const bool may_come = written(log_.figures()) < awaited;
    std::vector<RequestLabels> requests;
    for (const size_t i : left) requests.push_back(body.requests[i]);
    const auto outcomes = context_.store.get().streams().add_labels(pipeline, requests);
    for (size_t at = 0; at < left.size(); ++at) all[left[at]] = outcomes[at];
    std::erase_if(left, [&](size_t i) { return !is_incomplete(all[i]); });
    if (left.empty() || !may_come) return all;
  }
  throw HttpProblem(503,
                    "Rows that were served wait to be written to the inference log; their labels can be taken then. "
                    "Those of other rows were stored.")
      .add_header("Retry-After", "2")
      .with_code("inference-log-behind");
}

HttpReply StreamRoutes::list(const HttpRequest& request) const {
  const std::string& pipeline = request.path_parameter("pipeline");
  const std::string stream = text_of(request, "stream"), series = text_of(request, "series");
  const int64_t cursor = number_of(request, "cursor", 0, std::numeric_limits<int64_t>::max()).value_or(0);
  std::vector<json::object> watches = watches_of(pipeline);
  std::erase_if(watches, [&](const json::object& watch) {
    return (!stream.empty() && text_or_empty(watch, "stream") != stream) ||
           (!series.empty() && text_or_empty(watch, "series") != series);
  });
  std::ranges::stable_sort(watches, std::greater<>(), alarm_time);
  BoundedList page;
  auto next = static_cast<size_t>(std::min<int64_t>(cursor, static_cast<int64_t>(watches.size())));
  while (next < watches.size() && page.add(watches[next])) ++next;
  return hook_reply({{"pipeline", pipeline},
                     {"streams", page.take()},
                     {"next", next < watches.size() ? json::value(next) : json::value(nullptr)}});
}

/// As they stand where this server watches; else as they were kept last.
std::vector<json::object> StreamRoutes::watches_of(const std::string& pipeline) const {
  std::vector<json::object> watches;
  if (pipeline == pipeline_) {
    const StreamFigures figures = streams_.figures();
    for (const WatchStatus& watch : figures.watches) watches.push_back(to_json(watch));
    if (figures.is_watching) return watches;
    watches.clear();
  } else {
    require_pipeline(context_, pipeline);
  }
  for (KeptWatch& watch : context_.store.get().streams().watches(pipeline)) watches.push_back(std::move(watch.status));
  return watches;
}

}  // namespace veleta
