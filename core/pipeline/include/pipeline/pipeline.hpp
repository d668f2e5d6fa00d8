#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "config/pipeline_config.hpp"
#include "pipeline/progress.hpp"
#include "plugins/plugin_host.hpp"
#include "registry/registry.hpp"
#include "store/store.hpp"

namespace veleta {

struct RunOptions {
  std::string run_id;             ///< empty: the oldest run whose batch has no decision, else a new one
  std::string batch_id;           ///< a batch of RAW to judge again, in a run of its own; empty: as run_id says
  std::filesystem::path program;  ///< this binary, which workers are started from
  std::filesystem::path work_folder = "var/work";  ///< a run keeps its intermediate files here while it lasts
  ProgressFunction progress;                       ///< may be empty
  std::function<bool()> is_cancelled;              ///< may be empty
};

/// What came of the last run that was gone on with: the one asked for, unless an older one failed before it.
struct RunResult {
  RunRecord run;
  std::optional<DecisionRecord> decision;  ///< none where there was no batch to decide on, and where the run failed
  std::optional<ErrorCode> failure;        ///< why it failed; run.sentence tells it to people
};

/// Another process runs the pipeline: its lock is held. Time mends it.
class PipelineBusy : public Error {
 public:
  explicit PipelineBusy(const std::string& message) : Error(ErrorCode::kConflict, message) {}
};

/// Runs a pipeline once: takes one batch and brings it to a decision,
/// `ingest → validate → clean → detect → decide → prepare → train → evaluate → register → promote`, or as far as it
/// goes.
///
/// A finished step is in the store before the next begins, so that a run killed anywhere goes on from its last finished
/// step when it is run again, and each step does its work once. Another batch is taken only when those taken before are
/// decided on, but for runs that were given up: those failed by themselves at their third attempt or later. A failure
/// is recorded and returned, not thrown; thrown are only PipelineBusy, kConflict where the batch to be judged again is
/// not decided on yet, kNotFound for a batch that there is not, and what keeps the run from being recorded.
///
/// A decision is told as events of the store: "promoted" or "rejected", and "drift_alarm" where columns drifted.
RunResult run_pipeline(const PipelineConfig& config, Store& store, Registry& registry, PluginHost& plugins,
                       const RunOptions& options);

}  // namespace veleta
