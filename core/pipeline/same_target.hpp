#pragma once

#include "config/pipeline_config.hpp"
#include "model/target.hpp"
#include "registry/registry.hpp"

namespace veleta {

/// Throws kInvalidArgument where the pipeline's file names another column, task or positive label than the production
/// model predicts: their models cannot be held against each other. The transform may differ, for both predict the
/// target's own unit.
void require_same_target(const TargetSpec& champion, const ModelVersion& version, const PipelineConfig& config);

}  // namespace veleta
