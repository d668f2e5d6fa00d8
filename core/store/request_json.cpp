#include "request_json.hpp"

#include "base/json_fields.hpp"

namespace veleta {

template <typename Fields>
static void describe(Fields& fields, Same<RunRequest, Fields>& request) {
  fields("pipeline", request.pipeline);
  fields("id", request.id);
  fields.word("kind", request.kind, parse_request_kind);
  fields("run_id", request.run_id);
  fields("digest", request.digest);
  fields("priority", request.priority);
  fields.word("state", request.state, parse_request_state);
  fields("attempt", request.attempt);
  fields("claim", request.claim);
  fields("deaths", request.deaths);
  fields("cancelling", request.cancelling);
  fields("runner", request.runner);
  fields("lease_until_ms", request.lease_until_ms);
  fields("not_before_ms", request.not_before_ms);
  fields("asked_ms", request.asked_ms);
  fields("queued_ms", request.queued_ms);
  fields("started_ms", request.started_ms);
  fields("finished_ms", request.finished_ms);
  fields("step", request.progress.step);
  fields("fraction", request.progress.fraction);
  fields("message", request.progress.message);
  fields("outcome", request.end.outcome);
  fields("sentence", request.end.sentence);
  fields("error_code", request.end.error_code);
  fields("failed_step", request.end.failed_step);
  fields("result", request.end.result);
}

template <typename Fields>
static void describe(Fields& fields, Same<PipelineCard, Fields>& card) {
  fields("name", card.name);
  fields("file", card.file);
  fields("task", card.task);
  fields("target", card.target);
  fields("refuses_when_busy", card.refuses_when_busy);
  fields("max_queued", card.max_queued);
  fields("parameters", card.parameters);
  fields("grounds", card.grounds);
  fields("schedule", card.schedule);
}

std::string to_text(const RunRequest& request) { return json::serialize(to_fields(request)); }

RunRequest request_from_text(std::string_view text) {
  auto request = from_fields<RunRequest>(parse_json(text, "a request's record"), "a request's record");
  if (is_ended(request.state)) request.end.state = request.state;
  return request;
}

std::string to_text(const PipelineCard& card) { return json::serialize(to_fields(card)); }

PipelineCard card_from_text(std::string_view text) {
  return from_fields<PipelineCard>(parse_json(text, "a pipeline's card"), "a pipeline's card");
}

}  // namespace veleta
