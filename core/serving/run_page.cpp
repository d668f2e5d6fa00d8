#include "run_page.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/clock.hpp"
#include "hook_context.hpp"
#include "page_parts.hpp"

namespace veleta {

namespace {

constexpr int kRefresh_s = 2;
constexpr size_t kEvidenceRows = 60;
constexpr const char* kNoNumber = "–";

const json::object* object_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

const json::array* array_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value ? value->if_array() : nullptr;
}

/// What a result says at `name`, be it a text or a number; empty where it says nothing.
std::string word_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value || value->is_null()) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string number_at(const json::object& object, std::string_view name, int digits) {
  const double number = number_or_nan(object, name);
  return std::isnan(number) ? kNoNumber : fmt::format("{:.{}g}", number, digits);
}

Html headed(const char* heading, const Html& what) {
  return what.empty() ? Html() : Html::element("h2", heading) + what;
}

int64_t time_taken_ms(const RunRequest& request) {
  if (request.started_ms == 0) return 0;
  return (request.finished_ms != 0 ? request.finished_ms : now_ms()) - request.started_ms;
}

Html facts_of(const RunRequest& request) {
  const json::object& result = request.end.result;
  const int64_t taken_ms = time_taken_ms(request);
  return html_facts({{"Pipeline", Html::link(pipeline_path(request.pipeline), request.pipeline)},
                     {"Kind", request.kind == RequestKind::kRun ? "" : to_string(request.kind)},
                     {"Batch", word_at(result, "batch")},
                     {"Decision", word_at(result, "action")},
                     {"Outcome", request.end.outcome},
                     {"Model version", word_at(result, "model_version")},
                     {"Attempt", std::to_string(request.attempt)},
                     {"Asked for", time_html(request.asked_ms)},
                     {"Started", time_html(request.started_ms)},
                     {"Finished", time_html(request.finished_ms)},
                     {request.finished_ms != 0 ? "Took" : "Runs for", taken_ms > 0 ? duration_text(taken_ms) : ""}});
}

Html sentence_of(const RunRequest& request) {
  if (request.state != RequestState::kFailed) return Html::element("p", request.end.sentence);
  const std::string where = request.end.failed_step.empty() ? "" : " in step " + request.end.failed_step;
  const std::string code = request.end.error_code.empty() ? "failed" : request.end.error_code;
  return Html::element(
      "div", Html::element("p", Html::element("strong", code + where)) + Html::element("p", request.end.sentence),
      {{"class", "error"}, {"role", "alert"}});
}

Html progress_of(const RunRequest& request) {
  if (request.state != RequestState::kRunning || request.progress.fraction < 0) return {};
  return Html::element("progress", fmt::format("{:.0f} %", 100 * request.progress.fraction),
                       {{"max", "1"},
                        {"value", fmt::format("{:.4f}", std::clamp(request.progress.fraction, 0.0, 1.0))},
                        {"aria-label", "progress of step " + request.progress.step}});
}

struct StepLine {
  const char* state;
  std::string time{};
  std::string message{};
};

StepLine line_of(std::string_view step, const RunView& view) {
  const RunRequest& request = view.request;
  const auto finished = std::ranges::find(view.steps, step, &StepRecord::name);
  const bool runs = request.state == RequestState::kRunning;
  if (runs && request.progress.step == step) return {"running", "", request.progress.message};
  if (finished != view.steps.end()) return {"finished", duration_text(finished->finished_ms - finished->started_ms)};
  if (request.state == RequestState::kFailed && request.end.failed_step == step) return {"failed"};
  return {runs || request.state == RequestState::kQueued ? "waiting" : "left"};
}

Html steps_of(const RunView& view) {
  if (view.request.kind != RequestKind::kRun) return {};
  Html lines;
  for (const std::string_view step : kRunSteps) {
    const StepLine line = line_of(step, view);
    const std::string_view state = line.state;
    const char* mark = state == "finished" ? "✓" : state == "failed" ? "✗" : state == "running" ? "▸" : "·";
    lines += Html::element("li",
                           Html::element("span", mark, {{"class", line.state}, {"aria-hidden", "true"}}) +
                               Html::element("span", std::string(step)) +
                               Html::element("span", state == "left" ? "not done" : line.state) +
                               Html::element("span", line.time + line.message, {{"class", "soft"}}),
                           {{"class", line.state}});
  }
  return Html::element("ol", lines, {{"class", "steps"}});
}

/// The store's decision has them in full, the request's end the first of them.
Html reasons_of(const RunView& view) {
  const json::array* reasons = array_at(view.request.end.result, "reasons");
  if (view.decision)
    if (const auto* decide = object_at(view.decision->record, "decide"))
      if (const auto* all = array_at(*decide, "reasons")) reasons = all;
  std::vector<std::vector<Html>> rows;
  for (const auto& reason : reasons ? *reasons : json::array())
    if (const auto* object = reason.if_object())
      rows.push_back({word_at(*object, "code"), word_at(*object, "sentence")});
  return html_table({"Ground", "What was found"}, rows);
}

std::string column_of(const json::object& result) {
  const std::string segment = word_at(result, "segment");
  return word_at(result, "column") + (segment.empty() ? "" : " where " + segment);
}

/// Of each column that a detector compared; those that drifted first.
Html evidence_of(const RunView& view) {
  if (!view.decision) return {};
  const auto* detect = object_at(view.decision->record, "detect");
  const auto* drift = detect ? object_at(*detect, "drift") : nullptr;
  const auto* results = drift ? array_at(*drift, "results") : nullptr;
  if (!results) return {};
  std::vector<json::object> sorted;
  for (const auto& result : *results)
    if (const auto* object = result.if_object()) sorted.push_back(*object);
  std::ranges::stable_partition(sorted, [](const auto& result) { return word_at(result, "verdict") == "drifted"; });
  std::vector<std::vector<Html>> rows;
  for (size_t i = 0; i < std::min(sorted.size(), kEvidenceRows); ++i)
    rows.push_back({column_of(sorted[i]), word_at(sorted[i], "detector"), state_html(word_at(sorted[i], "verdict")),
                    number_at(sorted[i], "effect", 3), number_at(sorted[i], "min_effect", 3),
                    number_at(sorted[i], "adjusted_p", 2), word_at(sorted[i], "detail")});
  Html table = html_table({"Column", "Detector", "Verdict", "Effect", "Matters from", "Adjusted p", "Detail"}, rows);
  if (sorted.size() > kEvidenceRows)
    table +=
        Html::element("p", fmt::format("and {} more comparisons", sorted.size() - kEvidenceRows), {{"class", "soft"}});
  return table;
}

/// How the challenger did beside the model that was production.
Html contest_of(const RunRequest& request) {
  const auto* challenger = object_at(request.end.result, "metrics");
  const auto* champion = object_at(request.end.result, "champion_metrics");
  std::vector<std::vector<Html>> rows;
  for (const auto& [metric, value] : challenger ? *challenger : json::object())
    rows.push_back({std::string(metric), number_at(*challenger, metric, 6),
                    champion ? number_at(*champion, metric, 6) : std::string(kNoNumber)});
  const std::string learner = word_at(request.end.result, "learner");
  return html_table({"Metric", learner.empty() ? "Challenger" : "Challenger (" + learner + ")", "Production"}, rows);
}

/// What looking at drift, outside a run, found.
Html columns_of(const RunRequest& request) {
  const auto* columns = array_at(request.end.result, "columns");
  std::vector<std::vector<Html>> rows;
  for (const auto& column : columns ? *columns : json::array())
    if (const auto* object = column.if_object())
      rows.push_back({word_at(*object, "column"), word_at(*object, "detector"), number_at(*object, "p", 2),
                      word_at(*object, "sentence")});
  return html_table({"Column", "Detector", "Adjusted p", "What was found"}, rows);
}

Html title_of(const RunRequest& request) {
  const bool is_cancelling = request.cancelling && !is_ended(request.state);
  Html title = Html(request.id) + Html(" ") + state_html(to_string(request.state));
  if (is_cancelling) title += Html(" ") + state_html("cancelling");
  return Html::element("h1", title);
}

}  // namespace

HtmlPage run_page(const RunView& view) {
  const RunRequest& request = view.request;
  const std::string path = run_path(request.pipeline, request.id);
  Html body = way_html(request.pipeline, true) + title_of(request);
  if (is_ended(request.state)) body += sentence_of(request);
  body += facts_of(request);
  body += headed("Steps", steps_of(view));
  body += progress_of(request);
  body += headed("Reasons", reasons_of(view));
  body += headed("Evidence", evidence_of(view));
  body += headed("Contest", contest_of(request));
  body += headed("Columns that drifted", columns_of(request));
  if (!view.log.empty()) body += headed("Log, last lines", log_html(view.log));
  body += Html::element("footer", Html::link(path_as(path, "json"), "JSON") + Html::link(path + "/result", "Result") +
                                      Html::link(path + "/log", "Log"));
  return {fmt::format("{} · {} · {}", request.id, request.pipeline, to_string(request.state)), body,
          is_ended(request.state) ? 0 : kRefresh_s};
}

HtmlPage log_page(const RunRequest& request, const std::vector<LogLine>& lines, int64_t next) {
  const std::string path = run_path(request.pipeline, request.id);
  Html body = way_html(request.pipeline, true) + Html::element("h1", Html("Log of ") + Html::link(path, request.id));
  body += lines.empty() ? Html::element("p", "Nothing more was said.") : log_html(lines);
  Html links = Html::link(path_as(path + "/log", "text"), "Text") + Html::link(path_as(path + "/log", "json"), "JSON");
  if (!lines.empty()) links = Html::link(fmt::format("{}/log?after={}", path, next), "What follows") + links;
  return {"Log · " + request.id, body + Html::element("footer", links)};
}

}  // namespace veleta
