#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "mlflow_model_files.hpp"
#include "mlflow_registry.hpp"
#include "rules.hpp"

namespace veleta {

namespace {

constexpr const char* kReady = "LOGGED_MODEL_READY";
constexpr size_t kMostParams = 100;
constexpr size_t kMostMetrics = 100;
constexpr const char* kVersionsPage = "1000";

/// Held while a version is made of a run: only processes may do that at the same time.
std::mutex& version_mutex(const std::string& model, const std::string& run_id) {
  static std::array<std::mutex, 16> mutexes;
  return mutexes[std::hash<std::string>()(model + "/" + run_id) % mutexes.size()];
}

ModelVersion version_from(const json::object& answer) {
  ModelVersion version;
  version.model = text_or_empty(answer, "name");
  version.version = static_cast<int>(integer_at(answer, "version"));
  version.run_id = text_or_empty(answer, "run_id");
  version.source = text_or_empty(answer, "source");
  version.description = text_or_empty(answer, "description");
  version.tags = texts_at(answer, "tags");
  for (const auto& alias : array_at(answer, "aliases"))
    if (const auto* text = alias.if_string()) version.aliases.emplace_back(*text);
  std::sort(version.aliases.begin(), version.aliases.end());
  version.created_ms = integer_at(answer, "creation_timestamp");
  return version;
}

/// Calls the server about a version that it may not have.
template <typename Call>
auto about_version(const std::string& model, int version, Call call) {
  try {
    return call();
  } catch (const MlflowError& error) {
    if (!error.is_absence()) throw;
    throw Error(ErrorCode::kNotFound, fmt::format("model '{}' has no version {}", model, version));
  }
}

/// "2026-11-23 07:00:00.000000", as MLmodel has it.
std::string model_time() {
  std::string time = format_time(now_ms());
  time[10] = ' ';
  time.pop_back();
  return time + "000";
}

/// Whether 2.x takes a text for what MLmodel holds.
bool is_model_description(const std::string& text) {
  boost::system::error_code broken;
  const json::value parsed = json::parse(text, broken);
  return !broken && parsed.is_object() && parsed.get_object().contains("flavors");
}

/// Whether an earlier try made a run tell of the model in its folder: it would do so twice.
bool tells_of_model(const json::object& run, const std::string& folder) {
  const auto tags = texts_at(object_at(run, "data"), "tags");
  const auto history = tags.find("mlflow.log-model.history");
  return history != tags.end() && history->second.find('"' + folder + '"') != std::string::npos;
}

bool has_output(const json::object& run, const std::string& model_id) {
  const json::array& outputs = array_at(object_at(run, "outputs"), "model_outputs");
  return std::any_of(outputs.begin(), outputs.end(), [&](const json::value& output) {
    return text_or_empty(output.as_object(), "model_id") == model_id;
  });
}

/// The run's metrics, to be told again as the model's; as measured on the run's data, where that is one dataset.
json::array metrics_of(const json::object& run, const std::string& model_id) {
  const json::array& inputs = array_at(object_at(run, "inputs"), "dataset_inputs");
  json::array metrics;
  for (const auto& item : array_at(object_at(run, "data"), "metrics")) {
    const json::object& known = item.as_object();
    json::object metric{{"key", known.at("key")},
                        {"value", number_or_nan(known, "value")},
                        {"timestamp", integer_at(known, "timestamp")},
                        {"step", integer_at(known, "step")},
                        {"model_id", model_id}};
    if (inputs.size() == 1) {
      const json::object& dataset = object_at(inputs[0].as_object(), "dataset");
      metric["dataset_name"] = text_or_empty(dataset, "name");
      metric["dataset_digest"] = text_or_empty(dataset, "digest");
    }
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

/// Who and what made the run, by the tags that MLflow's pages look for on a model too.
std::map<std::string, std::string> origin_of(const json::object& run) {
  std::map<std::string, std::string> tags = texts_at(object_at(run, "data"), "tags");
  std::erase_if(tags,
                [](const auto& tag) { return tag.first != "mlflow.user" && !tag.first.starts_with("mlflow.source."); });
  return tags;
}

template <typename Item>
std::vector<json::array> parts_of(const Item& items, size_t most) {
  std::vector<json::array> parts;
  for (const auto& item : items) {
    if (parts.empty() || parts.back().size() == most) parts.emplace_back();
    parts.back().push_back(item);
  }
  return parts;
}

}  // namespace

json::array MlflowRegistry::all_versions(const std::string& model) {
  return api_.get_all("model-versions/search",
                      {{"filter", fmt::format("name='{}'", model)}, {"max_results", kVersionsPage}}, "model_versions");
}

std::optional<ModelVersion> MlflowRegistry::version_of_run(const std::string& model, const std::string& run_id) {
  const json::array found = api_.get_all(
      "model-versions/search",
      {{"filter", fmt::format("name='{}' and run_id='{}'", model, run_id)}, {"max_results", kVersionsPage}},
      "model_versions");
  int lowest = 0;
  for (const auto& item : found) {
    const int number = version_from(item.as_object()).version;
    lowest = lowest == 0 ? number : std::min(lowest, number);
  }
  return lowest == 0 ? std::nullopt : std::optional(get_version(model, lowest));
}

void MlflowRegistry::register_model(const std::string& model) {
  try {
    api_.post("registered-models/create", {{"name", model}});
  } catch (const MlflowError& error) {
    if (error.server_code() != "RESOURCE_ALREADY_EXISTS") throw;
  }
}

/// The logged model that an earlier try left behind, or a new one.
json::object MlflowRegistry::pending_logged_model(const std::string& model, const json::object& run) {
  const json::object& info = object_at(run, "info");
  const std::string run_id = text_or_empty(info, "run_id"), experiment = text_or_empty(info, "experiment_id");
  const json::object known =
      api_.post("logged-models/search", {{"experiment_ids", json::array{experiment}},
                                         {"filter", fmt::format("source_run_id = '{}' AND name = '{}'", run_id, model)},
                                         {"max_results", 1}});
  if (const json::array& models = array_at(known, "models"); !models.empty()) return models[0].as_object();
  const json::object made = api_.post(
      "logged-models",
      {{"experiment_id", experiment}, {"name", model}, {"source_run_id", run_id}, {"tags", key_values(origin_of(run))}},
      MlflowApi::Again::kNo);
  return object_at(made, "model");
}

/// The run's parameters that the logged model does not have yet.
void MlflowRegistry::tell_params(const json::object& run, const json::object& logged_model) {
  const std::string id = text_or_empty(object_at(logged_model, "info"), "model_id"), path = "logged-models/" + id;
  const auto missing_in = [&run](const json::object& model) {
    auto params = texts_at(object_at(run, "data"), "params");
    const auto known = texts_at(object_at(model, "data"), "params");
    std::erase_if(params, [&known](const auto& param) {
      return param.first.starts_with(kLedgerPrefix) || known.contains(param.first);
    });
    return params;
  };
  try {
    for (auto& part : parts_of(key_values(missing_in(logged_model)), kMostParams))
      api_.post(path + "/params", {{"model_id", id}, {"params", std::move(part)}});
  } catch (const MlflowError&) {
    // The server refuses to be told twice, as after an answer that was lost.
    if (!missing_in(object_at(api_.get(path, {}), "model")).empty()) throw;
  }
}

void MlflowRegistry::tell_output(const std::string& run_id, const std::string& model_id) {
  const json::array models{{{"model_id", model_id}, {"step", 0}}};
  try {
    api_.post("runs/outputs", {{"run_id", run_id}, {"models", models}});
  } catch (const MlflowError&) {
    // The server refuses to be told twice, as after an answer that was lost.
    if (!has_output(fetch_run(run_id), model_id)) throw;
  }
}

json::object MlflowRegistry::put_logged_model(const std::string& model, const json::object& run,
                                              const std::map<std::string, std::string>& files) {
  const std::string run_id = text_or_empty(object_at(run, "info"), "run_id");
  const json::object logged_model = pending_logged_model(model, run);
  const json::object& info = object_at(logged_model, "info");
  tell_params(run, logged_model);
  const std::string id = text_or_empty(info, "model_id"), uri = text_or_empty(info, "artifact_uri");
  if (!has_output(run, id)) tell_output(run_id, id);
  put_model_files(*open_artifacts(api_, uri), files,
                  {{"run_id", run_id},
                   {"model_id", id},
                   {"model_uuid", id},
                   {"artifact_path", uri},
                   {"utc_time_created", model_time()}});
  const json::object answer = api_.send("PATCH", "logged-models/" + id, {{"model_id", id}, {"status", kReady}});
  const std::string status = text_or_empty(object_at(object_at(answer, "model"), "info"), "status");
  if (status != kReady)
    throw Error(ErrorCode::kPeerFailed, fmt::format("MLflow at {}: logged model {}: expected the status {}, found {}",
                                                    api_.base(), id, kReady, status));
  const json::array metrics = metrics_of(run, id);
  for (auto& part : parts_of(metrics, kMostMetrics))
    api_.post("runs/log-batch", {{"run_id", run_id}, {"metrics", std::move(part)}});
  return {{"source", "models:/" + id}, {"model_id", id}};
}

json::object MlflowRegistry::put_run_model(const std::string& model, const json::object& run,
                                           const std::map<std::string, std::string>& files) {
  const json::object& info = object_at(run, "info");
  const std::string run_id = text_or_empty(info, "run_id");
  const json::array others =
      api_.get_all("model-versions/search",
                   {{"filter", fmt::format("run_id='{}'", run_id)}, {"max_results", kVersionsPage}}, "model_versions");
  const std::string folder = others.empty() ? kModelFolder : other_model_folder(model);
  const std::string uri = text_or_empty(info, "artifact_uri") + "/" + folder;
  const std::string description =
      put_model_files(*open_artifacts(api_, uri), files,
                      {{"run_id", run_id}, {"artifact_path", folder}, {"utc_time_created", model_time()}});
  if (is_model_description(description) && !tells_of_model(run, folder))
    api_.post("runs/log-model", {{"run_id", run_id}, {"model_json", description}});
  return {{"source", uri}};
}

ModelVersion MlflowRegistry::create_version(const std::string& model, const std::string& run_id,
                                            const std::map<std::string, std::string>& files,
                                            const std::string& description,
                                            const std::map<std::string, std::string>& tags) {
  check_model(model);
  check_version_files(files);
  check_description(description);
  check_tags(tags);
  const std::lock_guard lock(version_mutex(model, run_id));
  const json::object run = fetch_run(run_id);
  if (auto known = version_of_run(model, run_id)) return std::move(*known);
  json::object request =
      api_.has_logged_models() ? put_logged_model(model, run, files) : put_run_model(model, run, files);
  request["name"] = model;
  request["run_id"] = run_id;
  request["description"] = description;
  request["tags"] = key_values(tags);
  return register_version(request);
}

ModelVersion MlflowRegistry::register_version(const json::object& request) {
  const std::string model = text_or_empty(request, "name"), run_id = text_or_empty(request, "run_id");
  for (int tries = 1;; ++tries) {
    try {
      const json::object answer = api_.post("model-versions/create", request, MlflowApi::Again::kNo);
      return version_from(object_at(answer, "model_version"));
    } catch (const Error& error) {
      const auto* told = dynamic_cast<const MlflowError*>(&error);
      const bool lacks_model = told && told->is_absence();
      if (lacks_model && tries == 1)
        register_model(model);
      else if (auto made = version_of_run(model, run_id))
        return std::move(*made);  // all the same
      else
        throw;
    }
  }
}

ModelVersion MlflowRegistry::get_version(const std::string& model, int version) {
  return about_version(model, version, [&] {
    const json::object answer = api_.get("model-versions/get", {{"name", model}, {"version", std::to_string(version)}});
    return version_from(object_at(answer, "model_version"));
  });
}

std::vector<ModelVersion> MlflowRegistry::list_versions(const std::string& model) {
  check_model(model);
  std::vector<ModelVersion> versions;
  for (const auto& item : all_versions(model)) versions.push_back(version_from(item.as_object()));
  if (versions.empty()) return versions;
  std::sort(versions.begin(), versions.end(),
            [](const ModelVersion& left, const ModelVersion& right) { return left.version > right.version; });
  // The search tells no aliases.
  const json::object answer = api_.get("registered-models/get", {{"name", model}});
  for (const auto& item : array_at(object_at(answer, "registered_model"), "aliases")) {
    const int64_t number = integer_at(item.as_object(), "version");
    for (auto& version : versions)
      if (version.version == number) version.aliases.push_back(text_or_empty(item.as_object(), "alias"));
  }
  for (auto& version : versions) std::sort(version.aliases.begin(), version.aliases.end());
  return versions;
}

std::optional<ModelVersion> MlflowRegistry::version_by_alias(const std::string& model, const std::string& alias) {
  try {
    const json::object answer = api_.get("registered-models/alias", {{"name", model}, {"alias", alias}});
    return version_from(object_at(answer, "model_version"));
  } catch (const MlflowError& error) {
    // 2.22 tells an alias of a deleted version as a version that is not there.
    if (error.is_absence() || error.is_invalid_parameter("not found")) return std::nullopt;
    throw;
  }
}

void MlflowRegistry::describe_version(const std::string& model, int version, const std::string& description,
                                      const std::map<std::string, std::string>& tags) {
  check_description(description);
  check_tags(tags);
  about_version(model, version, [&] {
    api_.send("PATCH", "model-versions/update",
              {{"name", model}, {"version", std::to_string(version)}, {"description", description}});
    for (const auto& [key, value] : tags)
      api_.post("model-versions/set-tag",
                {{"name", model}, {"version", std::to_string(version)}, {"key", key}, {"value", value}});
  });
}

std::map<std::string, std::string> MlflowRegistry::version_files(const ModelVersion& version,
                                                                 const std::string& folder) {
  if (!folder.empty()) check_artifact_path(folder);
  const std::string uri = about_version(version.model, version.version, [&] {
    return text_or_empty(api_.get("model-versions/get-download-uri",
                                  {{"name", version.model}, {"version", std::to_string(version.version)}}),
                         "artifact_uri");
  });
  const std::string what = fmt::format("version {} of '{}'", version.version, version.model);
  auto files = get_model_files(*open_artifacts(api_, uri), what, folder);
  if (files.empty())
    throw Error(ErrorCode::kNotFound,
                fmt::format("{} has no files at {}{}{}", what, uri, folder.empty() ? "" : "/", folder));
  return files;
}

}  // namespace veleta
