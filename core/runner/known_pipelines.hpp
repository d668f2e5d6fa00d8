#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/pipeline_config.hpp"
#include "plugins/plugin_host.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// The pipelines of a runner's files. Not thread-safe.
class KnownPipelines {
 public:
  struct Known {
    std::filesystem::path file;
    std::filesystem::file_time_type changed;
    PipelineCard card;
    PipelineConfig::Schedule schedule;
  };

  /// Reads the files. Throws ConfigError, and kInvalidArgument where two name one pipeline.
  KnownPipelines(const std::vector<std::filesystem::path>& files, PluginHost& plugins);

  /// Reads files that changed since. One that is wrong now, or names another pipeline, is told in the log and stays
  /// what it was.
  void refresh();
  std::vector<PipelineCard> cards() const;
  /// By the pipeline's name.
  const std::map<std::string, Known>& all() const { return known_; }

 private:
  Known read(const std::filesystem::path& file) const;

  PluginHost& plugins_;
  std::map<std::string, Known> known_;
};

}  // namespace veleta
