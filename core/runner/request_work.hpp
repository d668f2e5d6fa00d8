#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "pipeline/progress.hpp"
#include "plugins/plugin_host.hpp"
#include "store/store.hpp"

namespace veleta {

/// What carrying a request out needs.
struct WorkPlace {
  std::filesystem::path file;  ///< of the request's pipeline
  std::filesystem::path program;
  std::filesystem::path work_folder;
  Store& store;
  PluginHost& plugins;
  ProgressFunction progress;
  std::function<bool()> is_cancelled;
};

/// Carries a request out. Its failures are its end; thrown is PipelineBusy, and kCancelled where it was interrupted.
RequestEnd carry_out(const RunRequest& request, const WorkPlace& place);

/// "source-unavailable": what programs may branch on.
const char* error_code_text(ErrorCode code);

}  // namespace veleta
