#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/reader.hpp"
#include "drift/over_time.hpp"
#include "metrics/metrics.hpp"
#include "model/bundle.hpp"
#include "pipeline/decision.hpp"
#include "pipeline/pipeline.hpp"

namespace veleta {

/// The production model, as it stood when the run first looked.
struct Champion {
  ModelVersion version;
  std::shared_ptr<const Bundle> bundle;
  Metrics metrics;           ///< on the holdout, when it was promoted
  double holdout_share = 0;  ///< of the rows, by hash, that it was not trained on
};

/// What changed between the champion's training window and the batch; empty without a champion.
struct Findings {
  DriftReport drift;
  std::optional<TestedWindows> tested_before;  ///< where alpha is to hold over time
  bool is_repeated = false;                    ///< this batch and model are among them
  std::optional<Performance> performance;
};

/// The rows that training and evaluation work on: the clean batches of the window, split by their content's hash.
struct TrainingWindow {
  std::vector<std::string> batch_ids;
  Table table;
  std::vector<uint64_t> hashes;
  std::vector<double> target;  ///< as people know it; NaN where it is missing
  std::vector<size_t> train, validation, holdout;
};

/// The rows that challengers and champion are measured on, which none of them has seen.
struct HoldoutRows {
  Table table;
  std::vector<double> actual;
  std::vector<double> predicted =
      {};  ///< by the challenger; empty where it was not measured yet, or by another process
};

/// What the steps of one run share. Each thing that is costly to make is made on first use, from what the store and the
/// registry hold, so that a resumed run finds it as the first attempt did.
class RunContext {
 public:
  RunContext(const PipelineConfig& config, Store& store, Registry& registry, PluginHost& plugins,
             const RunOptions& options, RunRecord run);

  const PipelineConfig& config;
  Store& store;
  Registry& registry;
  PluginHost& plugins;
  const RunOptions& options;
  RunRecord run;
  std::map<std::string, json::object> outputs;  ///< of the finished steps, by name

  /// The run's own folder for intermediate files.
  std::filesystem::path folder() const { return folder_of(run.id); }
  std::filesystem::path folder_of(const std::string& run_id) const;
  /// The output of a step that has finished.
  const json::object& output(const std::string& step) const { return outputs.at(step); }

  void report(const std::string& step, double fraction, const std::string& message) const;
  /// Throws kCancelled once the run was.
  void check_cancelled() const;
  /// Services for a plugin that works for `step`.
  PluginServices services(const std::string& step) const;

  /// The batch that this run took.
  const BatchRecord& batch();
  /// Its rows, as read from RAW under the pipeline's schema.
  const ReadResult& batch_rows();
  /// Keeps rows that were read already.
  void keep_batch_rows(ReadResult rows) { batch_rows_ = std::move(rows); }

  /// Null where no version has the production alias.
  const Champion* champion();
  /// Takes this version for the champion, or none, whatever the alias says.
  void use_champion(std::optional<int> version);
  const Findings& findings();
  /// Throws UnfitTarget.
  TrainingWindow& window();
  /// Taken from the window once, and kept.
  HoldoutRows& holdout();
  /// Frees the window, the largest thing in memory.
  void release_window() { window_.reset(); }

 private:
  Table window_rows(std::vector<std::string> batch_ids);

  std::optional<BatchRecord> batch_;
  std::optional<ReadResult> batch_rows_;
  bool champion_known_ = false;
  std::optional<Champion> champion_;
  std::optional<Findings> findings_;
  std::unique_ptr<TrainingWindow> window_;
  std::optional<HoldoutRows> holdout_;
};

/// Compares the batch with the champion's training window.
Findings find_changes(RunContext& context);

/// Reads a batch's payload from RAW. `schema` absent: infer it, a column without a value being one of categories.
/// Throws kBadData.
ReadResult read_payload(Store& store, const BatchRecord& batch, const PipelineConfig& config,
                        const std::optional<Schema>& schema);

/// The target's column in a training window is not what the task needs.
class UnfitTarget : public Error {
 public:
  explicit UnfitTarget(const std::string& why) : Error(ErrorCode::kBadData, why) {}
};

/// The target as the pipeline's file and the first clean batches define it. Throws UnfitTarget.
TargetSpec target_spec(const PipelineConfig& config, const Table& table);

/// The texts of a JSON array.
std::vector<std::string> texts(const json::value& array);
json::array to_json_array(const std::vector<std::string>& texts);
json::object to_json(const Metrics& metrics);
Metrics metrics_from_json(const json::object& object);

}  // namespace veleta
