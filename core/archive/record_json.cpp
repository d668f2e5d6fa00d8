#include "record_json.hpp"

#include "base/json_fields.hpp"

namespace veleta {

template <typename Fields>
static void describe(Fields& fields, Same<RunRecord, Fields>& run) {
  fields("id", run.id);
  fields("pipeline", run.pipeline);
  fields.word("state", run.state, parse_run_state);
  fields("outcome", run.outcome);
  fields("sentence", run.sentence);
  fields("batch_id", run.batch_id);
  fields("attempt", run.attempt);
  fields("started_ms", run.started_ms);
  fields("finished_ms", run.finished_ms);
}

template <typename Fields>
static void describe(Fields& fields, Same<StepRecord, Fields>& step) {
  fields("name", step.name);
  fields("output", step.output);
  fields("started_ms", step.started_ms);
  fields("finished_ms", step.finished_ms);
}

template <typename Fields>
static void describe(Fields& fields, Same<DecisionRecord, Fields>& decision) {
  fields("run_id", decision.run_id);
  fields("pipeline", decision.pipeline);
  fields("batch_id", decision.batch_id);
  fields("action", decision.action);
  fields("outcome", decision.outcome);
  fields("sentence", decision.sentence);
  fields("model_version", decision.model_version);
  fields("record", decision.record);
  fields("decided_ms", decision.decided_ms);
}

template <typename Fields>
static void describe(Fields& fields, Same<BatchRecord, Fields>& batch) {
  fields("pipeline", batch.pipeline);
  fields("id", batch.id);
  fields("run_id", batch.run_id);
  fields("ordinal", batch.ordinal);
  fields.word("state", batch.state, parse_batch_state);
  fields("format", batch.format);
  fields("rows_pointer", batch.rows_pointer);
  fields("cursor", batch.cursor);
  fields("origin", batch.origin);
  fields("payload_digest", batch.payload.digest);
  fields("payload_bytes", batch.payload.byte_count);
  fields("rows", batch.row_count);
  fields("received_ms", batch.received_ms);
}

template <typename Fields>
static void describe(Fields& fields, Same<InferenceRecord, Fields>& inference) {
  fields("request_id", inference.request_id);
  fields("time_ms", inference.time_ms);
  fields("pipeline", inference.pipeline);
  fields("model_version", inference.model_version);
  fields("input", inference.input);
  fields("prediction", inference.prediction);
  fields("status", inference.status);
  fields("error", inference.error);
  fields("latency_us", inference.latency_us);
}

template <typename Fields>
static void describe(Fields& fields, Same<KeptLabel, Fields>& label) {
  fields("request_id", label.request_id);
  fields("served_ms", label.served_ms);
  fields("row", label.row);
  fields("label", label.label);
  fields("labelled_ms", label.labelled_ms);
  fields("was_watched", label.was_watched);
}

json::object to_json(const RunRecord& run) { return to_fields(run); }
json::object to_json(const StepRecord& step) { return to_fields(step); }
json::object to_json(const DecisionRecord& decision) { return to_fields(decision); }
json::object to_json(const BatchRecord& batch) { return to_fields(batch); }
json::object to_json(const InferenceRecord& inference) { return to_fields(inference); }
json::object to_json(const KeptLabel& label) { return to_fields(label); }

RunRecord run_from_json(const json::value& value, const std::string& what) {
  return from_fields<RunRecord>(value, what);
}
StepRecord step_from_json(const json::value& value, const std::string& what) {
  return from_fields<StepRecord>(value, what);
}
DecisionRecord decision_from_json(const json::value& value, const std::string& what) {
  return from_fields<DecisionRecord>(value, what);
}
BatchRecord batch_from_json(const json::value& value, const std::string& what) {
  return from_fields<BatchRecord>(value, what);
}
InferenceRecord inference_from_json(const json::value& value, const std::string& what) {
  return from_fields<InferenceRecord>(value, what);
}
KeptLabel label_from_json(const json::value& value, const std::string& what) {
  KeptLabel label = from_fields<KeptLabel>(value, what);
  const json::value truth = parse_json(label.label, what + ", its label");
  if (truth.is_null() || truth.is_structured())
    throw Error(ErrorCode::kBadData, what + " has a \"label\" that is no text, number, true or false: " + label.label);
  return label;
}

}  // namespace veleta
