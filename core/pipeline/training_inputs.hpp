#pragma once

#include <string>
#include <vector>

#include "run_context.hpp"

namespace veleta {

/// What a training goes by, for the record: {rows: digest of the window's rows, batches: [{id, payload}], seed,
/// threads, features, learners: {name: {version, library, params}}, explainer, program}. Two trainings with equal
/// inputs give the same model where the learner is deterministic.
json::object training_inputs(RunContext& context);

/// How many threads a learner is given.
unsigned training_threads(const PipelineConfig& config);

/// One sentence for each input that is not what was recorded, naming both: "learner 'ridge', library: recorded …, found
/// …". Inputs that are not in `found` are passed over.
std::vector<std::string> differing_inputs(const json::object& recorded, const json::object& found);

}  // namespace veleta
