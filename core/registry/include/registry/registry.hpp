#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace veleta {

/// The alias of the version that serves and that challengers must beat.
inline constexpr const char* kProductionAlias = "production";

/// A training as the tracking side knows it; MLflow's run.
struct TrackedRun {
  std::string id;
  std::string experiment;
  std::string name;
  std::string status;  ///< "RUNNING", "FINISHED", "FAILED", "KILLED"
  int64_t start_ms = 0;
  int64_t end_ms = 0;  ///< 0: not yet
  std::map<std::string, std::string> params;
  std::map<std::string, double> metrics;  ///< the newest value of each
  std::map<std::string, std::string> tags;
  std::string artifact_uri;
};

struct MetricPoint {
  std::string key;
  double value = 0;
  int64_t step = 0;
  int64_t time_ms = 0;
};

/// A version of a registered model.
struct ModelVersion {
  std::string model;
  int version = 0;  ///< 1, 2, 3, …
  std::string run_id;
  std::string source;  ///< where its files are: an artifact URI of the run
  std::string description;
  std::map<std::string, std::string> tags;
  std::vector<std::string> aliases;
  int64_t created_ms = 0;
};

/// Experiments, runs, registered models, versions, aliases and artifacts, with MLflow's nouns and rules: parameters are
/// written once, metrics are series, an alias points at one version, versions count up and are never reused. Each call
/// is durable when it returns. Thread-safe. Throws kNotFound, kConflict, kInvalidArgument, kUnavailable.
class Registry {
 public:
  virtual ~Registry() = default;

  // Runs. `key` makes creation idempotent: a second call with the same experiment and key returns the first one's run.
  virtual TrackedRun create_run(const std::string& experiment, const std::string& key, const std::string& name,
                                const std::map<std::string, std::string>& tags) = 0;
  virtual TrackedRun get_run(const std::string& run_id) = 0;
  virtual std::vector<TrackedRun> list_runs(const std::string& experiment) = 0;
  /// A parameter may be logged again with the same value; with another: kConflict.
  virtual void log_params(const std::string& run_id, const std::map<std::string, std::string>& params) = 0;
  /// A point logged again (same key, step, time and value) is kept once.
  virtual void log_metrics(const std::string& run_id, const std::vector<MetricPoint>& points) = 0;
  /// A metric's points by step.
  virtual std::vector<MetricPoint> metric_history(const std::string& run_id, const std::string& key) = 0;
  virtual void set_tags(const std::string& run_id, const std::map<std::string, std::string>& tags) = 0;
  virtual void end_run(const std::string& run_id, const std::string& status) = 0;

  // Artifacts: files of a run. Paths are relative, with '/', without "..". Written whole; the same path again replaces.
  virtual void put_artifact(const std::string& run_id, const std::string& path, const std::string& bytes) = 0;
  virtual std::string get_artifact(const std::string& run_id, const std::string& path) = 0;
  /// Paths of all files below `folder` ("": all), sorted.
  virtual std::vector<std::string> list_artifacts(const std::string& run_id, const std::string& folder = "") = 0;

  // Models. `create_version` makes the model on first use; a run that has a version of the model gets that one back.
  virtual ModelVersion create_version(const std::string& model, const std::string& run_id,
                                      const std::string& artifact_path, const std::string& description,
                                      const std::map<std::string, std::string>& tags) = 0;
  virtual ModelVersion get_version(const std::string& model, int version) = 0;
  /// Newest first; empty for an unknown model.
  virtual std::vector<ModelVersion> list_versions(const std::string& model) = 0;
  virtual std::optional<ModelVersion> version_by_alias(const std::string& model, const std::string& alias) = 0;
  virtual void describe_version(const std::string& model, int version, const std::string& description,
                                const std::map<std::string, std::string>& tags) = 0;
  /// Points the alias at `version`, if it points at `expected` now (absent: at none). False: it did not; nothing
  /// changed.
  virtual bool move_alias(const std::string& model, const std::string& alias, int version,
                          std::optional<int> expected) = 0;
  /// The files of a version, by path relative to its source.
  virtual std::map<std::string, std::string> version_files(const ModelVersion& version) = 0;
};

/// Opens the registry at `uri`: "sqlite:///var/veleta.db", as open_store has it; the two may share the file.
std::unique_ptr<Registry> open_registry(const std::string& uri);
/// Whether open_registry would find a registry at `uri` and not make one; changes nothing.
bool registry_exists(const std::string& uri);

}  // namespace veleta
