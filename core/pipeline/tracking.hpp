#pragma once

#include "registry/registry.hpp"
#include "run_context.hpp"

namespace veleta {

/// What a run is tracked with: what people look for in MLflow, and what a run's tags name in its own words.

/// What the tracked run of this training is known by. A run that is gone on with tells the same one of the same
/// training, and another one of another: its pipeline's file, or anything that it trained from, may have changed
/// meanwhile.
std::string tracking_key(RunContext& context, const std::map<std::string, std::string>& params);

/// Closes what earlier attempts of this run told the registry of other trainings than the one that made `registered`:
/// their tracked runs end as killed, their versions say that they were left. A version with an alias stays as it is.
void close_other_trainings(RunContext& context, const ModelVersion& registered);

/// Tags of the tracked run: who and what started it, from which commit (that of the repository in which the pipeline's
/// file lies), with which batch, and why it trained.
std::map<std::string, std::string> run_tags(RunContext& context);

/// The batches of the training window.
std::vector<DatasetInput> run_inputs(RunContext& context);

/// What the version is promoted by: the tags `promo.*`, which every host that shares the registry understands.
std::map<std::string, std::string> promotion_tags(RunContext& context);

/// The decision as Markdown, for the run's page: its outcome, why the run trained, the metrics and the gates.
std::string run_note(RunContext& context, const std::string& sentence);

}  // namespace veleta
