#pragma once

#include "run_context.hpp"

namespace veleta {

/// The steps of a run. Each reads what it needs from the context, does its work, and returns its output for the record
/// and for the steps after it. Each may be repeated after a crash in its middle, and none calls another.

/// {outcome: "batch" | "end_of_data" | "nothing_new", batch_id, origin, bytes, digest, passed_over: [ids]};
/// rows too, where it was fetched by this very call.
json::object ingest(RunContext& context);

/// {sound, problems: [reason], warnings: [reason], new_columns: [names], rows}. Changes nothing.
json::object validate(RunContext& context);

/// {state: "clean" | "rejected"}; a sound batch's rows are in CLEAN.
json::object clean(RunContext& context);

/// {champion: version or null, drift: report, counts: {verdict: n}, performance: {…} or null, config_digest}
/// Throws kInvalidArgument where the champion predicts another target than the pipeline's file names.
json::object detect(RunContext& context);

/// {train, reasons: [reason], sentence}
json::object decide(RunContext& context);

/// {batches: [ids], rows, train_rows, validation_rows, holdout_rows}; the learners' input is in the run's folder.
json::object prepare(RunContext& context);

/// {learners: {name: {seconds, peak_bytes, …}}, inputs: what training went by}; the trained models are in the run's
/// folder.
json::object train(RunContext& context);

/// {challenger: learner, learners: {learner: metrics}, champion: metrics or null, champion_version: version or null,
/// gates: [gate], promote, sentence}
json::object evaluate(RunContext& context);

/// {tracking_run, version, digest, problems: [sentence]}; problems are of pictures, without which the run goes on.
json::object register_model(RunContext& context);

/// {outcome: "promoted" | "rejected", sentence, version, champion_before: version or null}
json::object promote(RunContext& context);

/// Makes the context's rows of the batch include these columns, which the pipeline's schema may lack.
void read_new_columns(RunContext& context, const std::vector<std::string>& new_columns);

}  // namespace veleta
