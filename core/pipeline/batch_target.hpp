#pragma once

#include <optional>
#include <set>
#include <string>

#include "config/pipeline_config.hpp"
#include "data/table.hpp"
#include "pipeline/decision.hpp"

namespace veleta {

/// What in a batch's target no training could take: rows of CLEAN are trained on together, so that one such value there
/// would end all trainings to come. `known_labels`: a classification's, of the production model or of the batches
/// before; fewer than two where these do not tell yet, more where nothing can be held against the batch.
std::optional<Reason> target_problem(const Column& target, const PipelineConfig& config,
                                     const std::set<std::string>& known_labels);

/// The labels in a column; no more than `most` are looked for.
std::set<std::string> distinct_labels(const Column& column, size_t most);

}  // namespace veleta
