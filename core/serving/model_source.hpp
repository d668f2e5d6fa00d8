#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "model_cache.hpp"
#include "model_holder.hpp"

namespace veleta {

/// Where a server's models come from: the registry, and before it answers what this machine kept of it. Thread-safe.
/// Registry and plugins must outlive it.
class ModelSource {
 public:
  /// An empty `cache_folder`: nothing is kept.
  ModelSource(const std::string& pipeline, const std::filesystem::path& cache_folder, Registry& registry,
              PluginHost& plugins);

  /// What the alias points at; now and then also where a promotion that was cut off midway had it go.
  std::optional<ModelVersion> find_production();
  /// Throws kBadData where the version's files do not match its record's digest.
  ServedModel load(const ModelVersion& version);
  /// What served last, and when the registry confirmed it; none where nothing was kept that can be loaded.
  std::optional<std::pair<ServedModel, int64_t>> recall();

 private:
  /// True: it finished somebody else's promotion.
  bool finish_promotion();

  const std::string pipeline_;
  std::atomic<int64_t> next_look_ms_ = 0;  ///< for a promotion to finish
  Registry& registry_;
  PluginHost& plugins_;
  std::optional<ModelCache> cache_;
};

}  // namespace veleta
