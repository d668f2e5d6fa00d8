#include "hook_reply.hpp"

#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "hook_context.hpp"
#include "json_text.hpp"

namespace veleta {

namespace {

/// How much of each text and list is kept, when what was kept before is too long.
struct Cut {
  size_t text_bytes;
  size_t items;
};
constexpr std::array kCuts{Cut{1000, 50}, Cut{400, 12}, Cut{150, 6}, Cut{60, 3}, Cut{20, 1}};
constexpr std::array kWhole{"links", "run_id", "pipeline", "id", "next", "state", "kind"};
constexpr size_t kMaxLine_bytes = 1500;
constexpr size_t kMaxListed_bytes = 3300;
constexpr size_t kMaxDetail_bytes = 1000;
constexpr size_t kMaxLineSentence_bytes = 160;

bool stays_whole(std::string_view key) { return std::ranges::find(kWhole, key) != kWhole.end(); }

json::value cut(const json::value& value, const Cut& to);

json::object cut(const json::object& object, const Cut& to) {
  json::object kept;
  for (const auto& [key, member] : object) kept[key] = stays_whole(key) ? member : cut(member, to);
  return kept;
}

json::value cut(const json::value& value, const Cut& to) {
  if (const auto* text = value.if_string()) return json::value(clipped(std::string_view(*text), to.text_bytes));
  if (const auto* object = value.if_object()) return cut(*object, to);
  const auto* array = value.if_array();
  if (!array) return value;
  json::array kept;
  for (size_t i = 0; i < std::min(array->size(), to.items); ++i) kept.push_back(cut((*array)[i], to));
  return kept;
}

std::string fitted(const json::object& body, size_t most_bytes) {
  std::string text = to_text(body);
  for (const Cut& to : kCuts)
    if (text.size() > most_bytes) text = to_text(cut(body, to));
  return text;
}

json::object links_of(const RunRequest& request) {
  const std::string self = run_path(request.pipeline, request.id);
  return {{"self", self}, {"done", self + "/done"}, {"result", self + "/result"}, {"log", self + "/log"}};
}

json::value error_of(const RunRequest& request) {
  if (request.state != RequestState::kFailed) return nullptr;
  const std::string& code = request.end.error_code;
  return {{"code", code.empty() ? json::value("failed") : json::value(code)},
          {"step", text_or_null(request.end.failed_step)},
          {"message", request.end.sentence}};
}

json::value progress_of(const RunRequest& request) {
  if (request.state != RequestState::kRunning) return nullptr;
  return {{"fraction", request.progress.fraction < 0 ? json::value(nullptr) : json::value(request.progress.fraction)},
          {"message", text_or_null(request.progress.message)}};
}

/// What of the result everybody wants to know, beside the whole of it.
json::value of_result(const RunRequest& request, const char* name) {
  const auto* value = request.end.result.if_contains(name);
  return value ? *value : json::value(nullptr);
}

}  // namespace

json::value time_or_null(int64_t time_ms) {
  return time_ms == 0 ? json::value(nullptr) : json::value(format_time(time_ms));
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

HttpReply hook_reply(const json::object& body, int status) {
  return {status, "application/json", {{"Cache-Control", "no-store"}}, fitted(body, kMaxHookReply_bytes)};
}

bool BoundedList::add(json::object item) {
  json::value small = parse_json(fitted(item, kMaxLine_bytes), "an item");
  const size_t bytes = to_text(small).size() + 1;
  if (!items_.empty() && bytes_ + bytes > kMaxListed_bytes) return false;
  bytes_ += bytes;
  items_.push_back(std::move(small));
  return true;
}

json::object run_json(const RunRequest& request) {
  const bool has_ended = is_ended(request.state);
  json::object body{{"pipeline", request.pipeline},
                    {"run_id", request.id},
                    {"kind", to_string(request.kind)},
                    {"state", to_string(request.state)},
                    {"attempt", request.attempt},
                    {"cancelling", request.cancelling && !has_ended},
                    {"step", text_or_null(has_ended ? request.end.failed_step : request.progress.step)},
                    {"progress", progress_of(request)},
                    {"decision", of_result(request, "action")},
                    {"outcome", has_ended ? text_or_null(request.end.outcome) : json::value(nullptr)},
                    {"sentence", has_ended ? text_or_null(request.end.sentence) : json::value(nullptr)},
                    {"reasons", of_result(request, "reasons")},
                    {"batch", of_result(request, "batch")},
                    {"model_version", of_result(request, "model_version")},
                    {"error", error_of(request)},
                    {"times",
                     {{"asked", time_or_null(request.asked_ms)},
                      {"queued", time_or_null(request.queued_ms)},
                      {"started", time_or_null(request.started_ms)},
                      {"finished", time_or_null(request.finished_ms)}}},
                    {"links", links_of(request)}};
  // A run's id is another one where another pipeline's run has it.
  if (!request.run_id.empty() && request.run_id != request.id) body["record"] = request.run_id;
  return body;
}

json::object run_line(const RunRequest& request) {
  return {
      {"run_id", request.id},
      {"kind", to_string(request.kind)},
      {"state", to_string(request.state)},
      {"attempt", request.attempt},
      {"outcome", text_or_null(is_ended(request.state) ? request.end.outcome : "")},
      {"sentence", text_or_null(clipped(is_ended(request.state) ? request.end.sentence : "", kMaxLineSentence_bytes))},
      {"asked", time_or_null(request.asked_ms)},
      {"finished", time_or_null(request.finished_ms)},
      {"links", {{"self", run_path(request.pipeline, request.id)}}}};
}

HttpReply result_reply(const RunRequest& request) {
  if (!is_ended(request.state))
    throw HttpProblem(409, std::string("It has not ended: it is ") + to_string(request.state) + ".")
        .with_code("run-not-finished");
  if (request.state == RequestState::kCancelled)
    throw HttpProblem(410, "It was cancelled, and has no result.").with_code("run-cancelled");
  if (request.state == RequestState::kFailed) {
    const std::string& where = request.end.failed_step.empty() ? request.end.error_code : request.end.failed_step;
    throw HttpProblem(424, clipped(request.end.sentence, kMaxDetail_bytes))
        .with_code(where.empty() ? "run-failed" : "run-failed:" + where);
  }
  json::object body = run_json(request);
  for (const char* name : {"step", "progress", "error", "cancelling"}) body.erase(name);
  for (const auto& [name, value] : request.end.result)
    if (name != "action") body[name] = value;
  return hook_reply(body);
}

}  // namespace veleta
