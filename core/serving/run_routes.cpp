#include "run_routes.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "accept.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "hook_reply.hpp"
#include "request_body.hpp"
#include "run_page.hpp"

namespace veleta {

namespace {

constexpr const char* kRun = "/v1/pipelines/{pipeline}/runs/{run_id}";
constexpr int kMaxLogLines = 200;
constexpr size_t kMaxLogText_bytes = 3600;
constexpr size_t kMaxLogLine_bytes = 500;
constexpr int kLogLinesOfPage = 30;
const std::vector kRunForms{Form::kJson, Form::kHtml};
const std::vector kLogForms{Form::kJson, Form::kText, Form::kHtml};
/// Sensors wait a moment even where they do not ask for it.
const QueryParameter kWait{"wait", "string",
                           "how long the reply may be held back until the run has ended: 20s; 30s at most"};

const std::string& pipeline_of(const HttpRequest& request) { return request.path_parameter("pipeline"); }
const std::string& run_id_of(const HttpRequest& request) { return request.path_parameter("run_id"); }

HttpProblem unknown_run(const std::string& run_id) {
  return HttpProblem(404, "The pipeline has no such run; GET /v1/pipelines/{pipeline}/runs lists them.")
      .with_code("unknown-run:" + run_id);
}

HttpProblem busy(const PipelineCard& card, const RunRequest& in_the_way) {
  HttpProblem problem(503, fmt::format("The pipeline takes no more now: '{}' is {}.", clipped(in_the_way.id, 250),
                                       to_string(in_the_way.state)));
  return problem.add_header("Retry-After", "1").with_code(card.refuses_when_busy ? "pipeline-busy" : "queue-full");
}

HttpReply log_as_text(const std::vector<LogLine>& lines, int64_t after) {
  std::string text;
  for (const LogLine& line : lines) {
    const std::string row =
        fmt::format("{} {:7} {}\n", format_time(line.time_ms), line.level, clipped(line.text, kMaxLogLine_bytes));
    if (text.size() + row.size() > kMaxLogText_bytes) break;
    text += row;
    after = line.number;
  }
  return {200, "text/plain; charset=utf-8", {{"X-Next", std::to_string(after)}}, text};
}

HttpReply log_as_json(const std::vector<LogLine>& lines, int64_t after) {
  BoundedList list;
  for (const LogLine& line : lines) {
    const bool has_room = list.add({{"number", line.number},
                                    {"time", format_time(line.time_ms)},
                                    {"level", line.level},
                                    {"text", clipped(line.text, kMaxLogLine_bytes)}});
    if (!has_room) break;
    after = line.number;
  }
  return hook_reply({{"lines", list.take()}, {"next", after}});
}

json::object step_json(const StepRecord& step) {
  return {{"step", step.name},
          {"state", "finished"},
          {"started", time_or_null(step.started_ms)},
          {"finished", time_or_null(step.finished_ms)},
          {"seconds", static_cast<double>(step.finished_ms - step.started_ms) / 1000},
          {"output", step.output}};
}

/// The step that a run is at, or that it failed in; nothing where that is another.
std::optional<json::object> unfinished_step(const RunRequest& run, const std::string& name) {
  if (run.state == RequestState::kRunning && run.progress.step == name)
    return json::object{{"step", name},
                        {"state", "running"},
                        {"fraction", run.progress.fraction < 0 ? json::value(nullptr) : run.progress.fraction},
                        {"message", text_or_null(run.progress.message)}};
  if (run.state == RequestState::kFailed && run.end.failed_step == name)
    return json::object{{"step", name}, {"state", "failed"}, {"message", run.end.sentence}};
  return std::nullopt;
}

std::string step_to_go_on_from(const HttpRequest& request) {
  std::string in_query = text_of(request, "from");
  if (!in_query.empty() || request.body.empty()) return in_query;
  const json::object body = read_body_object(request.body);
  for (const auto& [key, value] : body)
    if (key != "from" || !value.is_string())
      throw HttpProblem(422, "Expected {\"from\": STEP}, or no body.").with_code("unknown-key:" + std::string(key));
  return text_or_empty(body, "from");
}

}  // namespace

void RunRoutes::add_to(HttpRouter& router) {
  add_changes(router);
  add_details(router);
}

void RunRoutes::add_changes(HttpRouter& router) {
  add_hook(router, "PUT", kRun, [this](const HttpRequest& request) { return start(request); },
           {.summary = "Asks for a run. Repeated with the same id and body, it changes nothing",
            .body = "RunBody",
            .replies = {{201, "the run was not there before"}, {200, "it was, and is told as it is now"}},
            .schema = "Run",
            .problems = {{404, "no such pipeline"},
                         {409, "another body has that id"},
                         {422, "the body, or the id, is not as it must be"},
                         {503,
                          "pipeline-busy, queue-full: it takes no more now; or the store cannot be asked, or the "
                          "server stops: it may be better later"}}});
  const std::string path = kRun;
  add_hook(router, "POST", path + "/cancel", [this](const HttpRequest& request) { return cancel(request); },
           {.summary = "Stops a run",
            .replies = {{202, "it will stop soon"}, {200, "it has ended"}},
            .schema = "Run",
            .problems = {{404, "no such run"}}});
  add_hook(router, "POST", path + "/retry", [this](const HttpRequest& request) { return retry(request); },
           {.summary = "Queues a run again that failed or was cancelled; what its steps finished stays done",
            .query = {{"from", "string", "a step: it and those after it are done again"}},
            .body = "RetryBody",
            .needs_body = false,
            .replies = {{202, "it is queued"}},
            .schema = "Run",
            .problems = {{404, "no such run"},
                         {409, "it has not ended, or well"},
                         {422, "no such step, or the body is not as it must be"}}});
}

void RunRoutes::add_details(HttpRouter& router) {
  const std::string path = kRun;
  add_hook(router, "GET", path, [this](const HttpRequest& request) { return show(request); },
           {.summary = "A run: where it is, and what came of it; a page for people for Accept: text/html",
            .query = {kWait, form_parameter(kRunForms)},
            .replies = {{200, "the run, in any state"}},
            .schema = "Run",
            .other_types = {"text/html"},
            .problems = {{404, "no such run"}}});
  add_hook(router, "GET", path + "/done", [this](const HttpRequest& request) { return done(request); },
           {.summary = "Whether a run has ended, told by the status, for sensors that take 404 for \"wait\"",
            .query = {kWait},
            .replies = {{200, "it has, in the state told"}, {404, "not yet, or there is no such run"}},
            .schema = "RunState"})
      .is_for_sensors = true;
  add_hook(router, "GET", path + "/result", [this](const HttpRequest& request) { return result(request); },
           {.summary = "What came of a run",
            .query = {kWait},
            .replies = {{200, "it succeeded, or was skipped"}},
            .schema = "Result",
            .problems = {{404, "no such run"},
                         {409, "it has not ended"},
                         {410, "it was cancelled"},
                         {424, "it failed: the code names the step, the detail the cause"}}});
  add_hook(router, "GET", path + "/steps/{step}", [this](const HttpRequest& request) { return step(request); },
           {.summary = "A step of a run, with the beginning of its output",
            .replies = {{200, "the step"}},
            .schema = "Step",
            .problems = {{404, "no such run, or it has not come to such a step"}}});
  add_hook(
      router, "GET", path + "/log", [this](const HttpRequest& request) { return log(request); },
      {.summary =
           "What was said while it ran, a page at a time; as text for Accept: text/plain, and for people for text/html",
       .query = {{"after", "integer", "lines after the one of this number: `next`, or X-Next, of the page before"},
                 {"limit", "integer", "lines at most: 1 to 200, as many unless told"},
                 form_parameter(kLogForms)},
       .replies = {{200, "the page"}},
       .schema = "Log",
       .other_types = {"text/plain", "text/html"},
       .problems = {{404, "no such run"}}});
}

HttpReply RunRoutes::start(const HttpRequest& request) const {
  if (context_.draining)
    throw HttpProblem(503, "The server is stopping.").add_header("Retry-After", "1").with_code("draining");
  require_run_id(run_id_of(request));
  const PipelineCard card = require_pipeline(context_, pipeline_of(request));
  NewRequest asked = read_run_body(request.body, card);
  asked.pipeline = card.name;
  asked.id = run_id_of(request);
  asked.max_before = card.refuses_when_busy ? 0 : card.max_queued;
  const Submission submission = context_.queue().submit(asked);
  if (submission.how == Submitted::kDiffers)
    throw HttpProblem(409, "This id has another body, or is another kind of request. A new run needs a new id.")
        .with_code("different-body:" + asked.id);
  if (submission.how == Submitted::kBusy) throw busy(card, submission.request);
  if (submission.how != Submitted::kRepeated) context_.tell_change();
  return hook_reply(run_json(submission.request), submission.how == Submitted::kCreated ? 201 : 200);
}

RunRequest RunRoutes::require_run(const HttpRequest& request) const {
  auto found = context_.queue().find(pipeline_of(request), run_id_of(request));
  if (found) return std::move(*found);
  require_pipeline(context_, pipeline_of(request));
  throw unknown_run(run_id_of(request));
}

RunRequest RunRoutes::await_run(const HttpRequest& request, std::optional<HttpHold>& hold) const {
  const auto wait = wait_of(request);
  const uint64_t position = context_.watch.position();
  RunRequest run = require_run(request);
  if (wait.count() > 0 && !is_ended(run.state) && !request.must_answer)
    hold = context_.watch.hold({run.pipeline, run.id}, position, request.arrived + wait);
  return run;
}

HttpReply RunRoutes::show(const HttpRequest& request) const {
  const Form form = form_of(request, kRunForms);
  std::optional<HttpHold> hold;
  const RunRequest run = await_run(request, hold);
  HttpReply reply;
  if (!hold) reply = varied(form == Form::kHtml ? page_of(run) : hook_reply(run_json(run)));
  reply.hold = std::move(hold);
  return reply;
}

HttpReply RunRoutes::page_of(const RunRequest& run) const {
  RunView view{run, {}};
  if (!run.run_id.empty()) {
    view.steps = context_.store.get().steps(run.run_id);
    view.decision = context_.store.get().find_decision(run.run_id);
  }
  view.log = context_.queue().last_log(run.pipeline, run.id, kLogLinesOfPage);
  return html_reply(run_page(view));
}

/// Never anything but 200 or 404, or 503 where the store cannot be asked: sensors ask again at once after others.
HttpReply RunRoutes::done(const HttpRequest& request) const {
  const uint64_t position = context_.watch.position();
  const auto run = context_.queue().find(pipeline_of(request), run_id_of(request));
  const std::string state = run ? to_string(run->state) : "unknown";
  const bool has_ended = run && is_ended(run->state);
  HttpReply reply = hook_reply({{"state", state}}, has_ended ? 200 : 404);
  if (has_ended) return reply;
  reply.reason = state;
  const auto wait = wait_of(request);
  if (wait.count() > 0 && !request.must_answer)
    reply.hold = context_.watch.hold({pipeline_of(request), run_id_of(request)}, position, request.arrived + wait);
  return reply;
}

HttpReply RunRoutes::result(const HttpRequest& request) const {
  std::optional<HttpHold> hold;
  const RunRequest run = await_run(request, hold);
  if (!hold) return result_reply(run);
  HttpReply reply;
  reply.hold = std::move(hold);
  return reply;
}

HttpReply RunRoutes::step(const HttpRequest& request) const {
  const RunRequest run = require_run(request);
  const std::string& name = request.path_parameter("step");
  std::vector<std::string> names;
  for (const StepRecord& step : context_.store.get().steps(run.run_id)) {
    if (step.name == name) return hook_reply(step_json(step));
    names.push_back(step.name);
  }
  if (const auto unfinished = unfinished_step(run, name)) return hook_reply(*unfinished);
  throw HttpProblem(404, "The run has not come to such a step." + did_you_mean(name, names))
      .with_code("unknown-step:" + name);
}

HttpReply RunRoutes::log(const HttpRequest& request) const {
  const Form form = form_of(request, kLogForms);
  const RunRequest run = require_run(request);
  const int64_t after = number_of(request, "after", 0, std::numeric_limits<int64_t>::max()).value_or(0);
  const int limit = static_cast<int>(number_of(request, "limit", 1, kMaxLogLines).value_or(kMaxLogLines));
  const auto lines = context_.queue().log(run.pipeline, run.id, after, limit);
  switch (form) {
    case Form::kText: return varied(log_as_text(lines, after));
    case Form::kHtml: return varied(html_reply(log_page(run, lines, lines.empty() ? after : lines.back().number)));
    default: return varied(log_as_json(lines, after));
  }
}

HttpReply RunRoutes::cancel(const HttpRequest& request) const {
  const RunRequest before = require_run(request);
  const RunRequest run = context_.queue().cancel(before.pipeline, before.id);
  context_.tell_change();
  return hook_reply(run_json(run), is_ended(run.state) ? 200 : 202);
}

HttpReply RunRoutes::retry(const HttpRequest& request) const {
  const RunRequest run = require_run(request);
  const std::string from = step_to_go_on_from(request);
  if (!is_ended(run.state))
    throw HttpProblem(409, std::string("It has not ended: it is ") + to_string(run.state) + ".")
        .with_code("run-not-finished");
  if (run.state != RequestState::kFailed && run.state != RequestState::kCancelled)
    throw HttpProblem(409, std::string("There is nothing to try again: it has ") + to_string(run.state) + ".")
        .with_code("run-finished");
  if (!from.empty()) forget_from(run, from);
  const RunRequest queued = context_.queue().retry(run.pipeline, run.id);
  context_.tell_change();
  return hook_reply(run_json(queued), 202);
}

/// It and the steps after it will be done again.
void RunRoutes::forget_from(const RunRequest& run, const std::string& step) const {
  std::vector<std::string> names;
  for (const StepRecord& finished : context_.store.get().steps(run.run_id)) names.push_back(finished.name);
  if (!run.end.failed_step.empty()) names.push_back(run.end.failed_step);
  if (std::ranges::find(names, step) == names.end())
    throw HttpProblem(422, "The run has not come to such a step." + did_you_mean(step, names))
        .with_code("unknown-step:" + step);
  context_.store.get().forget_steps(run.run_id, step);
}

}  // namespace veleta
