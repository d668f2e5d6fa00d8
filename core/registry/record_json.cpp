#include "registry/record_json.hpp"

#include "base/json_fields.hpp"

namespace veleta {

namespace {

template <typename Fields, typename Record>
void describe_input(Fields& fields, Record& input) {
  fields("name", input.name);
  fields("digest", input.digest);
  fields("source", input.source);
  fields("schema", input.schema);
  fields("row_count", input.row_count);
  fields("context", input.context);
}

template <typename Fields, typename Record>
void describe_run(Fields& fields, Record& run) {
  fields("id", run.id);
  fields("experiment", run.experiment);
  fields("name", run.name);
  fields("status", run.status);
  fields("start_ms", run.start_ms);
  fields("end_ms", run.end_ms);
  fields("params", run.params);
  fields("tags", run.tags);
  fields("artifact_uri", run.artifact_uri);
}

template <typename Fields, typename Record>
void describe_point(Fields& fields, Record& point) {
  fields("key", point.key);
  fields("value", point.value);
  fields("step", point.step);
  fields("time_ms", point.time_ms);
}

template <typename Fields, typename Record>
void describe_version(Fields& fields, Record& version) {
  fields("model", version.model);
  fields("version", version.version);
  fields("run_id", version.run_id);
  fields("source", version.source);
  fields("description", version.description);
  fields("tags", version.tags);
  fields("aliases", version.aliases);
  fields("created_ms", version.created_ms);
}

}  // namespace

json::object to_json(const TrackedRun& run) {
  FieldWriter fields;
  describe_run(fields, run);
  json::object object = fields.take();
  json::array inputs;
  for (const auto& input : run.inputs) {
    FieldWriter input_fields;
    describe_input(input_fields, input);
    inputs.push_back(input_fields.take());
  }
  object["inputs"] = std::move(inputs);
  return object;
}

json::object to_json(const MetricPoint& point) {
  FieldWriter fields;
  describe_point(fields, point);
  return fields.take();
}

json::object to_json(const ModelVersion& version) {
  FieldWriter fields;
  describe_version(fields, version);
  return fields.take();
}

TrackedRun tracked_run_from_json(const json::value& value, const std::string& what) {
  TrackedRun run;
  FieldReader fields(value, what);
  describe_run(fields, run);
  json::value inputs;
  fields("inputs", inputs);
  if (!inputs.is_array()) throw Error(ErrorCode::kBadData, what + " has \"inputs\" that are no list");
  for (const auto& each : inputs.get_array()) {
    FieldReader input_fields(each, what);
    describe_input(input_fields, run.inputs.emplace_back());
  }
  return run;
}

MetricPoint metric_point_from_json(const json::value& value, const std::string& what) {
  MetricPoint point;
  FieldReader fields(value, what);
  describe_point(fields, point);
  return point;
}

ModelVersion version_from_json(const json::value& value, const std::string& what) {
  ModelVersion version;
  FieldReader fields(value, what);
  describe_version(fields, version);
  return version;
}

}  // namespace veleta
