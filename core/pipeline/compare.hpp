#pragma once

#include "config/pipeline_config.hpp"
#include "drift/drift.hpp"
#include "scored_windows.hpp"

namespace veleta {

/// Holds rows, as they were read, against the window that a model was trained on, by the pipeline's detectors, in the
/// segments that the model knows of those that the pipeline's file has. `open` gives the model, for detectors that look
/// at it. Throws as detect_drift does.
DriftReport compare_with_training(const BundleParts& trained, const ScoredWindows::OpenBundle& open,
                                  const ReadResult& rows, double alpha, const PipelineConfig& config,
                                  PluginHost& plugins, const PluginServices& services);

}  // namespace veleta
