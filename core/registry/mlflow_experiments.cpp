#include "mlflow_registry.hpp"

namespace veleta {

std::optional<std::string> MlflowRegistry::find_experiment(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, known] : experiment_names_)
      if (known == name) return id;
  }
  try {
    const json::object answer = api_.get("experiments/get-by-name", {{"experiment_name", name}});
    const json::object& experiment = object_at(answer, "experiment");
    if (text_or_empty(experiment, "lifecycle_stage") == "deleted") return std::nullopt;
    const std::string id = text_or_empty(experiment, "experiment_id");
    const std::lock_guard lock(mutex_);
    experiment_names_[id] = name;
    return id;
  } catch (const MlflowError& error) {
    if (error.is_absence()) return std::nullopt;
    throw;
  }
}

std::string MlflowRegistry::experiment_id(const std::string& name) {
  if (const auto known = find_experiment(name)) return *known;
  try {
    return text_or_empty(api_.post("experiments/create", {{"name", name}}), "experiment_id");
  } catch (const MlflowError& error) {
    if (error.server_code() != "RESOURCE_ALREADY_EXISTS") throw;
  }
  if (const auto known = find_experiment(name)) return *known;  // made at the same time, or
  const json::object answer = api_.get("experiments/get-by-name", {{"experiment_name", name}});
  const std::string id = text_or_empty(object_at(answer, "experiment"), "experiment_id");
  api_.post("experiments/restore", {{"experiment_id", id}});  // deleted, which keeps its name taken
  return id;
}

std::string MlflowRegistry::experiment_name(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = experiment_names_.find(id); known != experiment_names_.end()) return known->second;
  }
  const std::string name =
      text_or_empty(object_at(api_.get("experiments/get", {{"experiment_id", id}}), "experiment"), "name");
  const std::lock_guard lock(mutex_);
  return experiment_names_[id] = name;
}

}  // namespace veleta
