#include "record_json.hpp"

#include "base/json_fields.hpp"

namespace veleta {

namespace {

template <typename Fields, typename Record>
void describe_run(Fields& fields, Record& run) {
  fields("id", run.id);
  fields("pipeline", run.pipeline);
  fields("outcome", run.outcome);
  fields("sentence", run.sentence);
  fields("batch_id", run.batch_id);
  fields("attempt", run.attempt);
  fields("started_ms", run.started_ms);
  fields("finished_ms", run.finished_ms);
}

template <typename Fields, typename Record>
void describe_step(Fields& fields, Record& step) {
  fields("name", step.name);
  fields("output", step.output);
  fields("started_ms", step.started_ms);
  fields("finished_ms", step.finished_ms);
}

template <typename Fields, typename Record>
void describe_decision(Fields& fields, Record& decision) {
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

template <typename Fields, typename Record>
void describe_batch(Fields& fields, Record& batch) {
  fields("pipeline", batch.pipeline);
  fields("id", batch.id);
  fields("run_id", batch.run_id);
  fields("ordinal", batch.ordinal);
  fields("format", batch.format);
  fields("rows_pointer", batch.rows_pointer);
  fields("cursor", batch.cursor);
  fields("origin", batch.origin);
  fields("payload_digest", batch.payload.digest);
  fields("payload_bytes", batch.payload.byte_count);
  fields("rows", batch.row_count);
  fields("received_ms", batch.received_ms);
}

template <typename Fields, typename Record>
void describe_inference(Fields& fields, Record& inference) {
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

}  // namespace

json::object to_json(const RunRecord& run) {
  FieldWriter fields;
  describe_run(fields, run);
  fields("state", std::string(to_string(run.state)));
  return fields.take();
}

json::object to_json(const StepRecord& step) {
  FieldWriter fields;
  describe_step(fields, step);
  return fields.take();
}

json::object to_json(const DecisionRecord& decision) {
  FieldWriter fields;
  describe_decision(fields, decision);
  return fields.take();
}

json::object to_json(const BatchRecord& batch) {
  FieldWriter fields;
  describe_batch(fields, batch);
  fields("state", std::string(to_string(batch.state)));
  return fields.take();
}

json::object to_json(const InferenceRecord& inference) {
  FieldWriter fields;
  describe_inference(fields, inference);
  return fields.take();
}

RunRecord run_from_json(const json::value& value, const std::string& what) {
  RunRecord run;
  std::string state;
  FieldReader fields(value, what);
  describe_run(fields, run);
  fields("state", state);
  run.state = parse_run_state(state);
  return run;
}

StepRecord step_from_json(const json::value& value, const std::string& what) {
  StepRecord step;
  FieldReader fields(value, what);
  describe_step(fields, step);
  return step;
}

DecisionRecord decision_from_json(const json::value& value, const std::string& what) {
  DecisionRecord decision;
  FieldReader fields(value, what);
  describe_decision(fields, decision);
  return decision;
}

BatchRecord batch_from_json(const json::value& value, const std::string& what) {
  BatchRecord batch;
  std::string state;
  FieldReader fields(value, what);
  describe_batch(fields, batch);
  fields("state", state);
  batch.state = parse_batch_state(state);
  return batch;
}

InferenceRecord inference_from_json(const json::value& value, const std::string& what) {
  InferenceRecord inference;
  FieldReader fields(value, what);
  describe_inference(fields, inference);
  return inference;
}

}  // namespace veleta
