#include "pipeline_routes.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <limits>

#include "accept.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "hook_reply.hpp"
#include "http_target.hpp"
#include "list_pages.hpp"
#include "page_parts.hpp"
#include "request_body.hpp"

namespace veleta {

namespace {

constexpr const char* kPipeline = "/v1/pipelines/{pipeline}";
constexpr std::chrono::seconds kResultWait{20};
constexpr int kPage = 50;
constexpr int kLastRuns = 20;
const std::vector kForms{Form::kJson, Form::kHtml};
const QueryParameter kWait{"wait", "string", "how long to wait for the result: 20s unless told; 30s at most"};

json::object card_json(const PipelineCard& card) {
  const std::string path = "/v1/pipelines/" + percent_encoded(card.name);
  return {{"pipeline", card.name},
          {"task", card.task},
          {"target", card.target},
          {"schedule", text_or_null(card.schedule)},
          {"runner", card.has_runner},
          {"runner_seen", time_or_null(card.seen_ms)},
          {"links", {{"self", path}, {"runs", path + "/runs"}}}};
}

json::array texts(const std::vector<std::string>& items) { return json::array(items.begin(), items.end()); }

template <typename Parse>
auto filter_of(const HttpRequest& request, const std::string& name, Parse parse)
    -> std::optional<decltype(parse(std::string_view()))> {
  const std::string text = text_of(request, name);
  if (text.empty()) return std::nullopt;
  try {
    return parse(text);
  } catch (const Error&) {
    throw HttpProblem(422, fmt::format("There is no such {}.", name)).with_code("bad-" + name);
  }
}

int64_t since_of(const HttpRequest& request) {
  const std::string text = text_of(request, "since");
  if (text.empty()) return 0;
  const auto seconds = parse_iso_time(text);
  if (!seconds) throw HttpProblem(422, "Expected since as 2026-11-24T10:00:00Z.").with_code("bad-since");
  return static_cast<int64_t>(*seconds * 1000);
}

/// The page of runs after that of number `last`, with the filters of this one.
std::string older_runs(const HttpRequest& request, const std::string& pipeline, int64_t last) {
  std::string path = fmt::format("{}/runs?cursor={}", pipeline_path(pipeline), last);
  for (const char* name : {"state", "kind", "since", "limit"})
    if (const std::string value = text_of(request, name); !value.empty())
      path += fmt::format("&{}={}", name, boost::algorithm::replace_all_copy(percent_encoded(value), "+", "%2B"));
  return path;
}

RunRequest require_request(RunQueue& queue, const std::string& pipeline, const std::string& id) {
  auto found = queue.find(pipeline, id);
  if (!found) throw Error(ErrorCode::kInternal, "a request that was submitted is not there");
  return std::move(*found);
}

}  // namespace

void PipelineRoutes::add_to(HttpRouter& router) {
  add_hook(router, "GET", "/v1/pipelines", [this](const HttpRequest& request) { return list(request); },
           {.summary = "The pipelines that runners have told of, by name",
            .query = {{"after", "string", "those after this name: `next` of the page before"}, form_parameter(kForms)},
            .replies = {{200, "a page of them"}},
            .schema = "Pipelines",
            .other_types = {"text/html"}});
  add_hook(router, "GET", kPipeline, [this](const HttpRequest& request) { return show(request); },
           {.summary = "A pipeline: what its runs may be given, and its last run",
            .query = {form_parameter(kForms)},
            .replies = {{200, "the pipeline"}},
            .schema = "Pipeline",
            .other_types = {"text/html"},
            .problems = {{404, "no such pipeline"}}});
  add_hook(router, "GET", std::string(kPipeline) + "/runs",
           [this](const HttpRequest& request) { return list_runs(request); },
           {.summary = "What was asked of a pipeline, newest first",
            .query = {{"state", "string", "queued, running, succeeded, skipped, failed or cancelled"},
                      {"kind", "string", "run, drift, promote or rollback"},
                      {"since", "string", "asked for at this time or later: 2026-11-24T10:00:00Z"},
                      {"cursor", "integer", "`next` of the page before"},
                      {"limit", "integer", "as many at most: 1 to 50; fewer where a reply would be too long"},
                      form_parameter(kForms)},
            .replies = {{200, "a page of them"}},
            .schema = "Runs",
            .other_types = {"text/html"},
            .problems = {{404, "no such pipeline"}}});
  add_requests(router);
}

void PipelineRoutes::add_requests(HttpRouter& router) {
  const std::string path = kPipeline;
  const std::map<int, std::string> replies{{200, "it was done: the result"}, {202, "it was not done in time; links"}};
  std::map<int, std::string> problems{{404, "no such pipeline"},
                                      {409, "another body has the id given"},
                                      {410, "it was cancelled"},
                                      {422, "the body is not as it must be"},
                                      {424, "it failed, for the reason told"}};
  add_hook(router, "POST", path + "/drift", [this](const HttpRequest& request) { return judge_drift(request); },
           {.summary = "Judges rows as a run would, without training",
            .query = {kWait},
            .body = "DriftBody",
            .replies = replies,
            .schema = "Result",
            .problems = problems});
  problems.emplace(503,
                   "no-runner: none of the pipeline is alive; or the store cannot be asked, or the server stops: it "
                   "may be better later");
  add_hook(router, "POST", path + "/promote",
           [this](const HttpRequest& request) { return move_production(request, read_promote_body); },
           {.summary = "Makes a version production by hand",
            .query = {kWait},
            .body = "PromoteBody",
            .replies = replies,
            .schema = "Result",
            .problems = problems});
  add_hook(router, "POST", path + "/rollback",
           [this](const HttpRequest& request) { return move_production(request, read_rollback_body); },
           {.summary = "Makes the version production that was it before",
            .query = {kWait},
            .body = "RollbackBody",
            .replies = replies,
            .schema = "Result",
            .problems = problems});
}

HttpReply PipelineRoutes::list(const HttpRequest& request) const {
  if (form_of(request, kForms) == Form::kHtml) return varied(html_reply(pipelines_page(context_.queue().pipelines())));
  const std::string after = text_of(request, "after");
  BoundedList list;
  json::value next = nullptr;
  std::string last;
  for (const PipelineCard& card : context_.queue().pipelines()) {
    if (!after.empty() && card.name <= after) continue;
    if (!list.add(card_json(card))) {
      next = last;
      break;
    }
    last = card.name;
  }
  return varied(hook_reply({{"pipelines", list.take()}, {"next", next}}));
}

HttpReply PipelineRoutes::show(const HttpRequest& request) const {
  const bool as_page = form_of(request, kForms) == Form::kHtml;
  const PipelineCard card = require_pipeline(context_, request.path_parameter("pipeline"));
  RequestFilter newest;
  newest.pipeline = card.name;
  newest.limit = as_page ? kLastRuns : 1;
  const auto runs = context_.queue().list(newest);
  if (as_page) return varied(html_reply(pipeline_page(card, runs)));
  json::object body = card_json(card);
  body["when_busy"] = card.refuses_when_busy ? "refuse" : "queue";
  body["max_queued"] = card.max_queued;
  body["parameters"] = texts(card.parameters);
  body["grounds"] = texts(card.grounds);
  body["last_run"] = runs.empty() ? json::value(nullptr) : json::value(run_line(runs.front()));
  return varied(hook_reply(body));
}

HttpReply PipelineRoutes::list_runs(const HttpRequest& request) const {
  RequestFilter filter;
  filter.pipeline = require_pipeline(context_, request.path_parameter("pipeline")).name;
  filter.state = filter_of(request, "state", parse_request_state);
  filter.kind = filter_of(request, "kind", parse_request_kind);
  filter.before = number_of(request, "cursor", 0, std::numeric_limits<int64_t>::max());
  filter.limit = static_cast<int>(number_of(request, "limit", 1, kPage).value_or(kPage));
  const int64_t since_ms = since_of(request);
  const Form form = form_of(request, kForms);
  auto runs = context_.queue().list(filter);
  bool is_cut = runs.size() == static_cast<size_t>(filter.limit);
  const auto too_old = std::ranges::find_if(runs, [&](const RunRequest& run) { return run.asked_ms < since_ms; });
  if (too_old != runs.end()) is_cut = false;
  runs.erase(too_old, runs.end());
  if (form == Form::kHtml) {
    const std::string older = is_cut ? older_runs(request, filter.pipeline, runs.back().number) : "";
    return varied(html_reply(runs_page(filter.pipeline, runs, older)));
  }
  BoundedList list;
  json::value next = nullptr;
  for (const RunRequest& run : runs) {
    if (!list.add(run_line(run))) {
      is_cut = true;
      break;
    }
    next = run.number;
  }
  return varied(hook_reply({{"runs", list.take()}, {"next", is_cut ? next : json::value(nullptr)}}));
}

HttpReply PipelineRoutes::judge_drift(const HttpRequest& request) const {
  const std::string& pipeline = request.path_parameter("pipeline");
  if (!request.memo.empty()) return await_result(request, pipeline, request.memo);
  const PipelineCard card = require_pipeline(context_, pipeline);
  return submit(request, card, read_drift_body(request.body));
}

HttpReply PipelineRoutes::move_production(const HttpRequest& request, ReadBody& read) const {
  const std::string& pipeline = request.path_parameter("pipeline");
  if (!request.memo.empty()) return await_result(request, pipeline, request.memo);
  const PipelineCard card = require_pipeline(context_, pipeline);
  NewRequest asked = read(request.body);
  if (!card.has_runner)
    throw HttpProblem(503,
                      "No runner of this pipeline is alive: start `veleta serve` or `veleta runner` with its file.")
        .with_code("no-runner");
  return submit(request, card, std::move(asked));
}

HttpReply PipelineRoutes::submit(const HttpRequest& request, const PipelineCard& card, NewRequest asked) const {
  if (context_.draining)
    throw HttpProblem(503, "The server is stopping.").add_header("Retry-After", "1").with_code("draining");
  wait_of(request, kResultWait);  // what is wrong with it is told before anything happens
  asked.pipeline = card.name;
  if (asked.id.empty()) asked.id = fmt::format("{}-{}", to_string(asked.kind), new_id());
  const Submission submission = context_.queue().submit(asked);
  if (submission.how == Submitted::kDiffers)
    throw HttpProblem(409, "This id has another body, or is another kind of request.")
        .with_code("different-body:" + asked.id);
  if (submission.how != Submitted::kRepeated) context_.tell_change();
  return await_result(request, card.name, asked.id);
}

HttpReply PipelineRoutes::await_result(const HttpRequest& request, const std::string& pipeline,
                                       const std::string& id) const {
  const auto wait = wait_of(request, kResultWait);
  const uint64_t position = context_.watch.position();
  const RunRequest run = require_request(context_.queue(), pipeline, id);
  if (is_ended(run.state)) return result_reply(run);
  HttpReply reply = hook_reply(run_json(run), 202);
  if (wait.count() == 0 || request.must_answer) return reply;
  reply.hold = context_.watch.hold({pipeline, id}, position, request.arrived + wait);
  reply.hold->memo = id;
  return reply;
}

}  // namespace veleta
