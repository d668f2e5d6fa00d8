#pragma once

#include <mutex>

#include "mlflow_api.hpp"
#include "mlflow_artifacts.hpp"
#include "registry/registry.hpp"

namespace veleta {

/// The registry on an MLflow server, 2.22 or newer, over REST. Opening it asks the server nothing.
class MlflowRegistry final : public Registry {
 public:
  /// `uri`: "http://host:port" or "https://…"; see mlflow_settings.
  explicit MlflowRegistry(const std::string& uri) : api_(mlflow_settings(uri)) {}

  TrackedRun create_run(const std::string& experiment, const std::string& key, const std::string& name,
                        const std::map<std::string, std::string>& tags, std::optional<int64_t> start_ms) override;
  TrackedRun get_run(const std::string& run_id) override;
  std::vector<TrackedRun> list_runs(const std::string& experiment) override;
  void log_params(const std::string& run_id, const std::map<std::string, std::string>& params) override;
  void log_metrics(const std::string& run_id, const std::vector<MetricPoint>& points) override;
  std::vector<MetricPoint> metric_history(const std::string& run_id, const std::string& key) override;
  void log_inputs(const std::string& run_id, const std::vector<DatasetInput>& inputs) override;
  void set_tags(const std::string& run_id, const std::map<std::string, std::string>& tags) override;
  void end_run(const std::string& run_id, const std::string& status, std::optional<int64_t> end_ms) override;

  void put_artifact(const std::string& run_id, const std::string& path, const std::string& bytes) override;
  std::string get_artifact(const std::string& run_id, const std::string& path) override;
  std::vector<std::string> list_artifacts(const std::string& run_id, const std::string& folder) override;

  ModelVersion create_version(const std::string& model, const std::string& run_id,
                              const std::map<std::string, std::string>& files, const std::string& description,
                              const std::map<std::string, std::string>& tags) override;
  ModelVersion get_version(const std::string& model, int version) override;
  std::vector<ModelVersion> list_versions(const std::string& model) override;
  std::optional<ModelVersion> version_by_alias(const std::string& model, const std::string& alias) override;
  void describe_version(const std::string& model, int version, const std::string& description,
                        const std::map<std::string, std::string>& tags) override;
  bool move_alias(const std::string& model, const std::string& alias, int version,
                  std::optional<int> expected) override;
  bool finish_move(const std::string& model, const std::string& alias) override;
  std::map<std::string, std::string> version_files(const ModelVersion& version, const std::string& folder) override;

 private:
  // Runs.
  /// The id of an experiment that is there and not deleted.
  std::optional<std::string> find_experiment(const std::string& name);
  std::string experiment_id(const std::string& name);
  std::string experiment_name(const std::string& id);
  std::optional<TrackedRun> find_run(const std::string& experiment_id, const std::string& request_id);
  /// The run as the server tells it. Throws kNotFound.
  json::object fetch_run(const std::string& run_id);
  void log_batch(const std::string& run_id, const char* field, const json::array& items, size_t most);
  TrackedRun run_from(const json::object& run);
  std::unique_ptr<MlflowArtifacts> artifacts_of(const std::string& run_id);

  // Versions.
  std::optional<ModelVersion> version_of_run(const std::string& model, const std::string& run_id);
  /// Puts the files where the server's version keeps models, and gives what model-versions/create says of them.
  json::object put_logged_model(const std::string& model, const json::object& run,
                                const std::map<std::string, std::string>& files);
  json::object put_run_model(const std::string& model, const json::object& run,
                             const std::map<std::string, std::string>& files);
  json::object pending_logged_model(const std::string& model, const json::object& run);
  void tell_params(const json::object& run, const json::object& logged_model);
  void tell_output(const std::string& run_id, const std::string& model_id);
  void register_model(const std::string& model);
  /// Sends model-versions/create; makes the model where it is not there yet.
  ModelVersion register_version(const json::object& request);
  json::array all_versions(const std::string& model);

  // Aliases: see mlflow_aliases.cpp.
  struct AliasDecision;
  struct AliasState;
  AliasState alias_state(const std::string& model, const std::string& alias);
  AliasDecision newest_decision(const std::string& ledger, const std::string& model, const std::string& alias);
  bool claim(const AliasState& state, const std::string& model, const std::string& alias, int version);
  void settle(const std::string& ledger, const std::string& model, const std::string& alias, int version);

  MlflowApi api_;
  std::mutex mutex_;
  std::map<std::string, std::string> experiment_names_;  // by id; guarded by mutex_
  std::map<std::string, std::string> artifact_uris_;     // by run; guarded by mutex_
};

/// Parameters with this beginning are the registry's own, and told to nobody.
inline constexpr const char* kLedgerPrefix = "veleta.alias.";

/// Throws kNotFound.
[[noreturn]] void throw_unknown_run(const std::string& run_id);

}  // namespace veleta
