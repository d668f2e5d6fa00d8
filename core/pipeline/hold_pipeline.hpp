#pragma once

#include <memory>

#include "pipeline/pipeline.hpp"

namespace veleta {

/// Holds a pipeline. Throws PipelineBusy where another process or thread does.
std::unique_ptr<PipelineLock> hold_pipeline(const std::string& pipeline, Store& store);

}  // namespace veleta
