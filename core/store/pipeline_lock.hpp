#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/store.hpp"

namespace veleta {

/// Locks the file of `pipeline` in `folder`, between processes and between the threads of one. The file is left there
/// when the lock is released: removing it could take it from under the next holder. Throws kConflict, naming the
/// holder.
std::unique_ptr<PipelineLock> lock_pipeline_file(const std::filesystem::path& folder, const std::string& pipeline);

}  // namespace veleta
