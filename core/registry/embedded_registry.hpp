#pragma once

#include "artifact_folder.hpp"
#include "registry/registry.hpp"
#include "sql/sql.hpp"

namespace veleta {

/// The registry in an SQLite file, its artifacts in a folder beside it.
class EmbeddedRegistry final : public Registry {
 public:
  explicit EmbeddedRegistry(const std::filesystem::path& file);

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
  std::map<std::string, std::string> version_files(const ModelVersion& version, const std::string& folder) override;

 private:
  /// Throws kNotFound. The run ids that it lets through are names of folders.
  void require_known(const std::string& run_id);
  /// Makes the files below a folder of the run those given.
  void keep_files(const std::string& run_id, const std::string& folder,
                  const std::map<std::string, std::string>& files) const;

  sql::Database database_;
  ArtifactFolder artifacts_;
};

}  // namespace veleta
