#include <fmt/format.h>
#include <algorithm>
#include <tuple>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "mlflow_registry.hpp"
#include "rules.hpp"

namespace veleta {

namespace {

/// Holds a run's key, by its digest: a key may hold what no filter can.
constexpr const char* kRequestTag = "veleta.request_id";
constexpr size_t kMostTexts = 100;
constexpr size_t kMostInputs = 100;
constexpr size_t kMostText_bytes = 400'000;  // of a request, which may have 1 MB
constexpr size_t kMostMetrics = 1000;
constexpr size_t kMostMetricsOf2 = 100;  // 2.22 refuses more than so many that it has already
constexpr int kPage = 1000;
constexpr int kHistoryPage = 10'000;

/// Serialises what only processes may do at the same time.
std::mutex& creation_mutex() {
  static std::mutex mutex;
  return mutex;
}

/// What can be the id of a run, and be put into a request.
bool is_run_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || c == '-' || c == '_');
  });
}

/// Calls the server about a run that it may not have.
template <typename Call>
auto about_run(const std::string& run_id, Call call) {
  if (!is_run_id(run_id)) throw_unknown_run(run_id);
  try {
    return call();
  } catch (const MlflowError& error) {
    if (error.is_absence()) throw_unknown_run(run_id);
    throw;
  }
}

bool is_hidden(const std::string& param) { return param.starts_with(kLedgerPrefix); }

DatasetInput input_from(const json::object& item) {
  const json::object& dataset = object_at(item, "dataset");
  DatasetInput input;
  input.name = text_or_empty(dataset, "name");
  input.digest = text_or_empty(dataset, "digest");
  input.schema = text_or_empty(dataset, "schema");
  boost::system::error_code broken;
  const std::string place = text_or_empty(dataset, "source");
  const json::value source = json::parse(place, broken);
  if (broken || !source.is_object()) {
    input.source = place;
  } else {
    const std::string url = text_or_empty(source.get_object(), "url");
    input.source = url.empty() ? text_or_empty(source.get_object(), "uri") : url;
  }
  const json::value profile = json::parse(text_or_empty(dataset, "profile"), broken);
  if (!broken && profile.is_object()) input.row_count = integer_at(profile.get_object(), "num_rows");
  const auto tags = texts_at(item, "tags");
  if (const auto context = tags.find("mlflow.data.context"); context != tags.end()) input.context = context->second;
  return input;
}

json::object to_dataset(const DatasetInput& input) {
  const bool is_url = input.source.starts_with("http://") || input.source.starts_with("https://");
  json::object dataset{{"name", input.name},
                       {"digest", input.digest},
                       {"source_type", is_url ? "http" : "local"},
                       {"source", json::serialize(json::object{{is_url ? "url" : "uri", input.source}})},
                       {"profile", json::serialize(json::object{{"num_rows", input.row_count}})}};
  if (!input.schema.empty()) dataset["schema"] = input.schema;
  return {{"dataset", std::move(dataset)}, {"tags", key_values({{"mlflow.data.context", input.context}})}};
}

json::object to_json(const MetricPoint& point) {
  return {{"key", point.key}, {"value", point.value}, {"timestamp", point.time_ms}, {"step", point.step}};
}

size_t size_of(const json::value& item) {
  size_t size = 0;
  for (const auto& [key, value] : item.as_object()) size += value.is_string() ? value.get_string().size() : 32;
  return size;
}

}  // namespace

void throw_unknown_run(const std::string& run_id) {
  throw Error(ErrorCode::kNotFound, fmt::format("the registry has no run '{}'", run_id));
}

TrackedRun MlflowRegistry::run_from(const json::object& run) {
  const json::object &info = object_at(run, "info"), &data = object_at(run, "data");
  TrackedRun found;
  found.id = text_or_empty(info, "run_id");
  found.experiment = experiment_name(text_or_empty(info, "experiment_id"));
  found.name = text_or_empty(info, "run_name");
  found.status = text_or_empty(info, "status");
  found.start_ms = integer_at(info, "start_time");
  found.end_ms = integer_at(info, "end_time");
  found.artifact_uri = text_or_empty(info, "artifact_uri");
  found.params = texts_at(data, "params");
  std::erase_if(found.params, [](const auto& param) { return is_hidden(param.first); });
  found.tags = texts_at(data, "tags");
  for (const auto& item : array_at(data, "metrics"))
    found.metrics[text_or_empty(item.as_object(), "key")] = number_or_nan(item.as_object(), "value");
  for (const auto& item : array_at(object_at(run, "inputs"), "dataset_inputs"))
    found.inputs.push_back(input_from(item.as_object()));
  std::sort(found.inputs.begin(), found.inputs.end(), [](const DatasetInput& left, const DatasetInput& right) {
    return std::tie(left.name, left.digest) < std::tie(right.name, right.digest);
  });
  return found;
}

std::optional<TrackedRun> MlflowRegistry::find_run(const std::string& experiment_id, const std::string& request_id) {
  const json::object answer =
      api_.post("runs/search", {{"experiment_ids", json::array{experiment_id}},
                                {"filter", fmt::format("tags.`{}` = '{}'", kRequestTag, request_id)},
                                {"order_by", json::array{"attributes.start_time ASC", "attributes.run_id ASC"}},
                                {"max_results", 1}});
  const json::array& runs = array_at(answer, "runs");
  return runs.empty() ? std::nullopt : std::optional(run_from(runs[0].as_object()));
}

TrackedRun MlflowRegistry::create_run(const std::string& experiment, const std::string& key, const std::string& name,
                                      const std::map<std::string, std::string>& tags, std::optional<int64_t> start_ms) {
  check_experiment(experiment);
  check_run_names(key, name);
  check_tags(tags);
  const std::string request_id = sha256(key);
  const std::lock_guard lock(creation_mutex());
  const std::string experiment_id = this->experiment_id(experiment);
  if (auto known = find_run(experiment_id, request_id)) return std::move(*known);
  std::map<std::string, std::string> all_tags = tags;
  all_tags[kRequestTag] = request_id;
  const auto user = tags.find("mlflow.user");
  try {
    const json::object made = api_.post("runs/create",
                                        {{"experiment_id", experiment_id},
                                         {"start_time", start_ms.value_or(now_ms())},
                                         {"run_name", name},
                                         {"user_id", user == tags.end() ? "veleta" : user->second},
                                         {"tags", key_values(all_tags)}},
                                        MlflowApi::Again::kNo);
    return run_from(object_at(made, "run"));
  } catch (const Error&) {
    // It may have been made all the same.
    if (auto made = find_run(experiment_id, request_id)) return std::move(*made);
    throw;
  }
}

json::object MlflowRegistry::fetch_run(const std::string& run_id) {
  return about_run(run_id, [&] { return object_at(api_.get("runs/get", {{"run_id", run_id}}), "run"); });
}

TrackedRun MlflowRegistry::get_run(const std::string& run_id) { return run_from(fetch_run(run_id)); }

std::vector<TrackedRun> MlflowRegistry::list_runs(const std::string& experiment) {
  const auto id = find_experiment(experiment);
  if (!id) return {};
  std::vector<TrackedRun> runs;
  for (const auto& run :
       api_.post_all("runs/search", {{"experiment_ids", json::array{*id}}, {"max_results", kPage}}, "runs"))
    runs.push_back(run_from(run.as_object()));
  std::sort(runs.begin(), runs.end(), [](const TrackedRun& left, const TrackedRun& right) {
    return std::tie(left.start_ms, left.id) < std::tie(right.start_ms, right.id);
  });
  return runs;
}

void MlflowRegistry::log_batch(const std::string& run_id, const char* field, const json::array& items, size_t most) {
  size_t i = 0;
  do {
    json::array part;
    for (size_t size = 0; i < items.size() && part.size() < most && size < kMostText_bytes; ++i) {
      size += size_of(items[i]);
      part.push_back(items[i]);
    }
    about_run(run_id, [&] { return api_.post("runs/log-batch", {{"run_id", run_id}, {field, std::move(part)}}); });
  } while (i < items.size());
}

void MlflowRegistry::log_params(const std::string& run_id, const std::map<std::string, std::string>& params) {
  check_params(params);
  try {
    log_batch(run_id, "params", key_values(params), kMostTexts);
  } catch (const MlflowError& error) {
    if (!error.is_invalid_parameter("Changing param values")) throw;
    const TrackedRun run = get_run(run_id);
    for (const auto& [key, value] : run.params) {
      const auto other = params.find(key);
      if (other != params.end() && other->second != value)
        throw Error(
            ErrorCode::kConflict,
            fmt::format("parameter '{}' of run {} is '{}' already; a parameter is written once", key, run_id, value));
    }
    throw Error(ErrorCode::kConflict, error.what());
  }
}

void MlflowRegistry::log_metrics(const std::string& run_id, const std::vector<MetricPoint>& points) {
  check_metrics(points);
  json::array items;
  for (const auto& point : points) items.push_back(to_json(point));
  const bool is_few = points.size() <= kMostMetricsOf2;
  log_batch(run_id, "metrics", items, is_few || !api_.has_logged_models() ? kMostMetricsOf2 : kMostMetrics);
}

std::vector<MetricPoint> MlflowRegistry::metric_history(const std::string& run_id, const std::string& key) {
  const json::array items = about_run(run_id, [&] {
    return api_.get_all("metrics/get-history",
                        {{"run_id", run_id}, {"metric_key", key}, {"max_results", std::to_string(kHistoryPage)}},
                        "metrics");
  });
  if (items.empty()) fetch_run(run_id);  // the server tells no unknown run from an unknown metric
  std::vector<MetricPoint> points;
  for (const auto& item : items) {
    const json::object& point = item.as_object();
    points.push_back({key, number_or_nan(point, "value"), integer_at(point, "step"), integer_at(point, "timestamp")});
  }
  std::sort(points.begin(), points.end(), [](const MetricPoint& left, const MetricPoint& right) {
    return std::tie(left.step, left.time_ms, left.value) < std::tie(right.step, right.time_ms, right.value);
  });
  return points;
}

void MlflowRegistry::log_inputs(const std::string& run_id, const std::vector<DatasetInput>& inputs) {
  check_inputs(inputs);
  if (inputs.empty()) {
    fetch_run(run_id);
    return;
  }
  for (size_t begin = 0; begin < inputs.size(); begin += kMostInputs) {
    json::array datasets;
    for (size_t i = begin; i < std::min(begin + kMostInputs, inputs.size()); ++i)
      datasets.push_back(to_dataset(inputs[i]));
    about_run(run_id, [&] {
      return api_.post("runs/log-inputs", {{"run_id", run_id}, {"datasets", std::move(datasets)}});
    });
  }
}

void MlflowRegistry::set_tags(const std::string& run_id, const std::map<std::string, std::string>& tags) {
  check_tags(tags);
  log_batch(run_id, "tags", key_values(tags), kMostTexts);
}

void MlflowRegistry::end_run(const std::string& run_id, const std::string& status, std::optional<int64_t> end_ms) {
  check_final_status(status);
  const json::object answer = about_run(run_id, [&] {
    return api_.post("runs/update", {{"run_id", run_id}, {"status", status}, {"end_time", end_ms.value_or(now_ms())}});
  });
  const std::string found = text_or_empty(object_at(answer, "run_info"), "status");
  if (found != status)
    throw Error(ErrorCode::kPeerFailed, fmt::format("MLflow at {}: run {}: expected the status {} to be kept, found {}",
                                                    api_.base(), run_id, status, found));
}

std::unique_ptr<MlflowArtifacts> MlflowRegistry::artifacts_of(const std::string& run_id) {
  std::string uri;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = artifact_uris_.find(run_id); known != artifact_uris_.end()) uri = known->second;
  }
  if (uri.empty()) {
    uri = text_or_empty(object_at(fetch_run(run_id), "info"), "artifact_uri");
    const std::lock_guard lock(mutex_);
    artifact_uris_[run_id] = uri;
  }
  return open_artifacts(api_, uri);
}

void MlflowRegistry::put_artifact(const std::string& run_id, const std::string& path, const std::string& bytes) {
  const auto artifacts = artifacts_of(run_id);
  check_artifact_path(path);
  artifacts->put(path, bytes);
}

std::string MlflowRegistry::get_artifact(const std::string& run_id, const std::string& path) {
  const auto artifacts = artifacts_of(run_id);
  check_artifact_path(path);
  auto bytes = artifacts->get(path);
  if (!bytes) throw Error(ErrorCode::kNotFound, fmt::format("run {} has no artifact '{}'", run_id, path));
  return std::move(*bytes);
}

std::vector<std::string> MlflowRegistry::list_artifacts(const std::string& run_id, const std::string& folder) {
  const auto artifacts = artifacts_of(run_id);
  if (!folder.empty()) check_artifact_path(folder);
  return artifacts->list(folder);
}

}  // namespace veleta
