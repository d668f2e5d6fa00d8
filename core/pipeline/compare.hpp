#pragma once

#include "config/pipeline_config.hpp"
#include "drift/drift.hpp"
#include "model/bundle.hpp"

namespace veleta {

/// Holds rows, as they were read, against the window that a model was trained on, by the pipeline's detectors. Throws
/// as detect_drift does.
DriftReport compare_with_training(const BundleParts& trained, const ReadResult& rows, const PipelineConfig& config,
                                  PluginHost& plugins, const PluginServices& services);

}  // namespace veleta
