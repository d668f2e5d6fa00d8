#include "registry/record_json.hpp"

#include "base/json_fields.hpp"

namespace veleta {

template <typename Fields>
static void describe(Fields& fields, Same<DatasetInput, Fields>& input) {
  fields("name", input.name);
  fields("digest", input.digest);
  fields("source", input.source);
  fields("schema", input.schema);
  fields("row_count", input.row_count);
  fields("context", input.context);
}

template <typename Fields>
static void describe(Fields& fields, Same<TrackedRun, Fields>& run) {
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

template <typename Fields>
static void describe(Fields& fields, Same<MetricPoint, Fields>& point) {
  fields("key", point.key);
  fields("value", point.value);
  fields("step", point.step);
  fields("time_ms", point.time_ms);
}

template <typename Fields>
static void describe(Fields& fields, Same<ModelVersion, Fields>& version) {
  fields("model", version.model);
  fields("version", version.version);
  fields("run_id", version.run_id);
  fields("source", version.source);
  fields("description", version.description);
  fields("tags", version.tags);
  fields("aliases", version.aliases);
  fields("created_ms", version.created_ms);
}

json::object to_json(const TrackedRun& run) {
  json::object object = to_fields(run);
  json::array& inputs = object["inputs"].emplace_array();
  for (const auto& input : run.inputs) inputs.push_back(to_fields(input));
  return object;
}

json::object to_json(const MetricPoint& point) { return to_fields(point); }
json::object to_json(const ModelVersion& version) { return to_fields(version); }

TrackedRun tracked_run_from_json(const json::value& value, const std::string& what) {
  auto run = from_fields<TrackedRun>(value, what);
  const json::value* inputs = value.get_object().if_contains("inputs");
  if (!inputs || !inputs->is_array()) throw Error(ErrorCode::kBadData, what + " has no list of \"inputs\"");
  for (const auto& input : inputs->get_array()) run.inputs.push_back(from_fields<DatasetInput>(input, what));
  return run;
}

MetricPoint metric_point_from_json(const json::value& value, const std::string& what) {
  return from_fields<MetricPoint>(value, what);
}

ModelVersion version_from_json(const json::value& value, const std::string& what) {
  return from_fields<ModelVersion>(value, what);
}

}  // namespace veleta
