#pragma once

#include <filesystem>

#include "plugins/plugin_host.hpp"

namespace veleta {

/// The worker's side of training: does the job that the host left in `folder`, tells its progress on standard output as
/// JSON lines, and leaves the model in the folder. Returns the process's exit status. The process dies with its parent.
int run_worker(const std::filesystem::path& folder, PluginHost& plugins);

}  // namespace veleta
