#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veleta {

/// The alias of the version that serves and that challengers must beat.
inline constexpr const char* kProductionAlias = "production";
/// The tag of a tracked run that holds the key it was made by.
inline constexpr const char* kTrackingKeyTag = "veleta.tracking_key";

/// Data that a run worked on; MLflow's dataset input.
struct DatasetInput {
  std::string name;    ///< up to 500 bytes
  std::string digest;  ///< up to 36 bytes, of the content: with the name, it tells data from other data
  std::string source;  ///< where it came from, for people: a URL or another text
  std::string schema;  ///< as MLflow writes it, {"mlflow_colspec": [{"name": …, "type": …}, …]}; empty: not told
  int64_t row_count = 0;
  std::string context;  ///< what it was for: "training", "evaluation"

  bool operator==(const DatasetInput&) const = default;
};

/// A training as the tracking side knows it; MLflow's run.
struct TrackedRun {
  std::string id;
  std::string experiment;
  std::string name;
  std::string status;  ///< "RUNNING", "FINISHED", "FAILED", "KILLED"
  int64_t start_ms = 0;
  int64_t end_ms = 0;  ///< 0: not yet
  std::map<std::string, std::string> params;
  std::map<std::string, double> metrics;  ///< the newest value of each: the last by step, then time, then value
  std::map<std::string, std::string> tags;
  std::vector<DatasetInput> inputs;  ///< by name, then digest
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
  std::string source;  ///< where its files are, for people
  std::string description;
  std::map<std::string, std::string> tags;
  std::vector<std::string> aliases;
  int64_t created_ms = 0;
};

/// A tag of a run or of a version; empty: it has none of that key.
inline std::string tag_of(const std::map<std::string, std::string>& tags, const std::string& key) {
  const auto tag = tags.find(key);
  return tag == tags.end() ? std::string() : tag->second;
}

/// What is longer is refused: no registry may cut it silently.
inline constexpr size_t kMaxParamBytes = 6000;
inline constexpr size_t kMaxTagBytes = 5000;
inline constexpr size_t kMaxDescriptionBytes = 5000;

/// Experiments, runs, registered models, versions, aliases and artifacts, with MLflow's nouns and rules: parameters are
/// written once, metrics are series, an alias points at one version, versions count up and are never reused.
///
/// Each call is durable when it returns. Thread-safe; several registries, in several processes, may be open on one uri.
/// A registry may add tags of its own to those that it was given.
///
/// Keys of parameters, metrics and tags have up to 250 letters, digits, '_', '-', '.', ':', ' ' and '/' between parts.
/// Throws kInvalidArgument for what MLflow would not take, before anything is written; kNotFound for a run or a version
/// that is not there; kUnavailable.
class Registry {
 public:
  virtual ~Registry() = default;

  // Runs.

  /// Starts a run, in an experiment made on first use. A second call with the same experiment and key, at the same time
  /// too, gives the first one's run back as it is; only calls in different processes at the same time may make two.
  /// `start_ms` absent: now.
  virtual TrackedRun create_run(const std::string& experiment, const std::string& key, const std::string& name,
                                const std::map<std::string, std::string>& tags,
                                std::optional<int64_t> start_ms = std::nullopt) = 0;
  virtual TrackedRun get_run(const std::string& run_id) = 0;
  /// By start, oldest first; empty for an unknown experiment.
  virtual std::vector<TrackedRun> list_runs(const std::string& experiment) = 0;
  /// A parameter may be logged again with the same value; with another: kConflict, and the first one stays.
  virtual void log_params(const std::string& run_id, const std::map<std::string, std::string>& params) = 0;
  /// A point logged again (same key, step, time and value) is kept once. Values are finite, times not before 1970.
  virtual void log_metrics(const std::string& run_id, const std::vector<MetricPoint>& points) = 0;
  /// A metric's points by step, then time, then value; empty for a metric that was never logged.
  virtual std::vector<MetricPoint> metric_history(const std::string& run_id, const std::string& key) = 0;
  /// An input logged again (same name and digest) is kept once, as it was first.
  virtual void log_inputs(const std::string& run_id, const std::vector<DatasetInput>& inputs) = 0;
  /// Sets tags; others stay as they are.
  virtual void set_tags(const std::string& run_id, const std::map<std::string, std::string>& tags) = 0;
  /// `status`: "FINISHED", "FAILED" or "KILLED". `end_ms` absent: now.
  virtual void end_run(const std::string& run_id, const std::string& status,
                       std::optional<int64_t> end_ms = std::nullopt) = 0;

  // Artifacts: files of a run. A path has up to 200 bytes: parts of letters, digits, '.', '_' and '-' with '/' between,
  // none of them "." or ".."; it does not end in ".part". What begins with "model" is for the files of versions.

  /// The same path again replaces.
  virtual void put_artifact(const std::string& run_id, const std::string& path, const std::string& bytes) = 0;
  /// Throws kNotFound where there is no such file, be it that there is a folder.
  virtual std::string get_artifact(const std::string& run_id, const std::string& path) = 0;
  /// Paths of all files below `folder` ("": all), sorted.
  virtual std::vector<std::string> list_artifacts(const std::string& run_id, const std::string& folder = "") = 0;

  // Models. A name has up to 200 bytes, without / \ : . % " ' and control characters.

  /// Makes a version, and the model on first use, of `files`: bytes by path, one at least, paths as artifacts have
  /// them. They are all kept before the version is there. A run that has a version of the model gets that one back as
  /// it is; with the same reserve as create_run has.
  virtual ModelVersion create_version(const std::string& model, const std::string& run_id,
                                      const std::map<std::string, std::string>& files, const std::string& description,
                                      const std::map<std::string, std::string>& tags) = 0;
  virtual ModelVersion get_version(const std::string& model, int version) = 0;
  /// Newest first; empty for an unknown model.
  virtual std::vector<ModelVersion> list_versions(const std::string& model) = 0;
  /// None where the alias, or the model, is not there.
  virtual std::optional<ModelVersion> version_by_alias(const std::string& model, const std::string& alias) = 0;
  /// Replaces the description and sets tags; other tags stay as they are.
  virtual void describe_version(const std::string& model, int version, const std::string& description,
                                const std::map<std::string, std::string>& tags) = 0;
  /// Points the alias at `version`, if it points at `expected` now (absent: at none). False: it did not; nothing
  /// changed. Of moves to different versions at the same time that expect the same, exactly one succeeds, wherever they
  /// come from. An alias has up to 255 letters, digits, '_' and '-', but is not "latest" in any case, nor reads as "v1"
  /// does.
  virtual bool move_alias(const std::string& model, const std::string& alias, int version,
                          std::optional<int> expected) = 0;
  /// Carries out a move of the alias that a process decided on in the last ten minutes and did not live to carry out.
  /// True: there was one. Nothing of the kind happens where a move is one step.
  virtual bool finish_move(const std::string& model, const std::string& alias) {
    (void)model, (void)alias;
    return false;
  }
  /// The files that create_version made the version of, or those below `folder` ("": all), by their whole paths. Only
  /// the model and the number of `version` are looked at. Throws kNotFound where there is no such version, or no such
  /// file of it.
  virtual std::map<std::string, std::string> version_files(const ModelVersion& version,
                                                           const std::string& folder = "") = 0;
};

/// The key nearest to a name of somebody else's, a plugin's metric for instance: what keys cannot hold becomes '_'.
std::string nearest_key(std::string_view name);

/// Opens the registry at `uri`: "sqlite:///var/veleta.db", as open_store has it; the two may share the file. Or
/// "http://host:5000", "https://…": an MLflow server, with its environment variables, which is not asked yet.
std::unique_ptr<Registry> open_registry(const std::string& uri);
/// Whether open_registry would find a registry at `uri` and not make one, as is so of every server; changes nothing.
bool registry_exists(const std::string& uri);

}  // namespace veleta
