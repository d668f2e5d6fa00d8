#pragma once

#include "registry/registry.hpp"
#include "run_context.hpp"

namespace veleta {

/// What a run is tracked with: what people look for in MLflow, and what a run's tags name in its own words.

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
