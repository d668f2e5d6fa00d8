#pragma once

#include <filesystem>
#include <functional>

#include "plugins/plugin_host.hpp"

namespace veleta {

/// The worker's side of training: does the job that the host left in `folder`, tells its progress on what was standard
/// output as JSON lines, and leaves the model in the folder. Returns the process's exit status. The process dies with
/// its parent, which must be `host_process`. A learner may ask whether it is_cancelled.
int run_worker(const std::filesystem::path& folder, PluginHost& plugins, int host_process,
               const std::function<bool()>& is_cancelled);

}  // namespace veleta
