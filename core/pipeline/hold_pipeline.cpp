#include "hold_pipeline.hpp"

namespace veleta {

std::unique_ptr<PipelineLock> hold_pipeline(const std::string& pipeline, Store& store) {
  try {
    return store.lock_pipeline(pipeline);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kConflict) throw PipelineBusy(error.what());
    throw;
  }
}

}  // namespace veleta
