#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/schema.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {

/// A plugin that a pipeline uses, its parameters checked and complete.
struct PluginUse {
  std::string name;
  ParamValues params;
  std::vector<std::string> columns;  ///< [[drift]], [[stream]]: the columns to look at; empty: all that it can
  std::string of{};                  ///< [[stream]] only: "columns", "prediction" or "error"
};

/// One condition of promotion. A challenger passes if its metric is better by the share `improves_by` at least, or not
/// worse by more than the share `worsens_by_at_most`; shares are of the champion's value, better is the metric's own
/// way.
struct Gate {
  std::string metric;
  std::optional<double> improves_by;
  std::optional<double> worsens_by_at_most;
};

/// A pipeline's file, checked and typed. docs/configuration.md, made by config_reference, says what each key means.
struct PipelineConfig {
  std::filesystem::path file;
  /// The file's content, for the record: with the parameters that it was loaded with, environment variables unresolved.
  std::string text;
  std::map<std::string, std::string> parameters;  ///< what "${NAME}" stands for before the environment is asked

  struct Pipeline {
    std::string name;
    std::string task;  ///< "regression" or "classification" (of two classes)
    std::string target;
    std::string transform;  ///< of the target: "none" or "log"
    std::string positive;   ///< classification: the label that is class 1; empty: the later one in sorted order
  } pipeline;

  PluginUse source;
  ColumnRules columns;

  struct Validate {
    int64_t min_rows;
    double max_missing_share;    ///< of cells in any one column that had values before
    double max_retyped_share;    ///< of cells in any one column
    double max_duplicate_share;  ///< of rows that equal an earlier one
    std::optional<double> min_target, max_target;
  } validate;

  std::vector<PluginUse> drift;
  std::vector<PluginUse> streams;  ///< what is watched value by value while the model serves

  struct Retrain {
    double alpha;
    std::string over_time;          ///< "none", or "lord": alpha holds over all windows, not each by itself
    std::vector<std::string> when;  ///< of: drift, new_categories, performance, volume, schema
    double min_drift_share;         ///< drift: of the compared columns; 0: one finding is enough
    double max_metric_growth;       ///< performance: the champion's promote.metric may be worse by this share
    double min_volume_growth;       ///< volume: rows since the last training, as a share of those it had
  } retrain;

  /// Segments of the data that drift is looked for in, too.
  struct Segments {
    std::vector<std::string> by;  ///< columns; a segment for each value of each; empty: none
    int64_t min_rows;             ///< of a segment, in the training window and in the batch
    int64_t most;                 ///< the largest of the training window
  } segments;

  struct Train {
    uint64_t seed;
    int64_t threads;          ///< 0: as many as the machine has
    double holdout_share;     ///< of rows, never trained on, by content hash
    double validation_share;  ///< of the other rows, for early stopping
    int64_t window_batches;   ///< train on the newest so many; 0: all
    int64_t max_rows;         ///< a hash sample of the window at most; 0: all
    double timeout_s;         ///< of one learner's training
  } train;

  struct Features {
    int64_t max_one_hot_levels;
    int64_t min_level_rows;
    double smoothing;
    int64_t folds;
  } features;

  std::vector<PluginUse> learners;

  struct Promote {
    std::string metric;  ///< picks the challenger among the learners
    std::vector<Gate> gates;
  } promote;

  std::optional<PluginUse> explain;  ///< absent: the first installed explainer that can read the model

  std::string registry_uri;
  std::string store_uri;
  std::string store_blobs;  ///< where payloads are kept; empty: beside the store's file

  struct Serve {
    std::string host;
    uint16_t port;
    int64_t threads;  ///< 0: one less than the machine has, at least 1
    int64_t max_body_bytes;
    int64_t max_rows;          ///< of one request
    double reload_interval_s;  ///< how often the production alias is looked at
    std::string cache_folder;  ///< keeps the production version of a registry that is not on this machine
    std::string spool_folder;  ///< keeps the inference log's rows while the store is away
    std::string token;         ///< a secret; empty: none
  } serve;

  /// What runs requests of this pipeline.
  struct Runner {
    int64_t threads;         ///< runs at a time, of all pipelines of a process; 0: the server runs none
    bool refuses_when_busy;  ///< instead of queueing
    int64_t max_queued;
    double lease_s;     ///< a runner not heard of for so long is taken for dead
    int64_t keep_days;  ///< of ended requests, their logs and events; 0: for ever
  } runner;

  /// When the runner starts runs by itself.
  struct Schedule {
    int64_t every_s;  ///< 0: not so
    std::string cron;
    std::string new_files;  ///< a folder whose files each start a run once they are whole; empty: none
  } schedule;
};

/// One thing wrong with a file.
struct Diagnostic {
  std::filesystem::path file;
  size_t line = 0;    ///< from 1
  size_t column = 0;  ///< from 1
  std::string key;    ///< "drift[0].min_effect"
  std::string message;

  /// "realty.toml:12:1: drift[0].min_efect: unknown key. Did you mean 'min_effect'?"
  std::string text() const;
};

/// Everything wrong with a file at once; what() is one line each.
class ConfigError : public Error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// kAllButSourceAndDrift passes over what is wrong in [source] and [[drift]], a variable that is not set or a plugin
/// that is not there say, and may leave `source` and `drift` incomplete: who serves or explains a model or reads
/// records takes no batch and judges none. kAllButSource likewise: who judges drift of files takes no batch either.
enum class ConfigScope { kAll, kAllButSourceAndDrift, kAllButSource };

/// Reads and checks a pipeline's file; loads the plugins it names, to check their parameters, and creates none but
/// those of [[stream]], to see that they watch.
/// "${NAME}" in a text stands for the parameter or the environment variable, "$${" for "${". `parameters` replace
/// values of the file's [parameters]. Throws ConfigError with all that is wrong; kInvalidArgument where the file cannot
/// be read or has more than 1 MB, and for parameters that it lacks.
PipelineConfig load_config(const std::filesystem::path& file, PluginHost& plugins,
                           ConfigScope scope = ConfigScope::kAll,
                           const std::map<std::string, std::string>& parameters = {});

/// The reference of every key, the installed plugins' included, as Markdown.
std::string config_reference(PluginHost& plugins);

}  // namespace veleta
