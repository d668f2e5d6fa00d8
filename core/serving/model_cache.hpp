#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "model/bundle.hpp"
#include "registry/registry.hpp"

namespace veleta {

/// A version as a cache has it.
struct CachedVersion {
  ModelVersion version;
  BundleFiles files;
  int64_t confirmed_ms = 0;  ///< when the registry last named it as production
};

/// The production version of one pipeline, kept in a folder of this machine, so that a server starts and serves while
/// the registry is away. A crash at any moment leaves the version before or the new one, whole. Thread-safe; one server
/// at a time writes into a folder.
class ModelCache {
 public:
  ModelCache(std::filesystem::path folder, std::string pipeline);

  /// What was kept last; none where there is nothing, or where it is damaged, which is logged.
  std::optional<CachedVersion> find() const;
  /// The files of `version`, if it is the one that was kept: the same number, run and digest.
  std::optional<BundleFiles> files_of(const ModelVersion& version) const;
  /// Keeps this version instead of the one before. A full disk is logged and changes nothing.
  void keep(const CachedVersion& cached);
  /// Notes that the registry names `version` as production; written at most once a minute.
  void confirm(const ModelVersion& version, int64_t time_ms);

 private:
  std::filesystem::path record() const { return folder_ / "version.json"; }
  void write_record(const CachedVersion& cached, const std::string& digest) const;
  void remove_all_but(const std::string& digest) const;

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
};

}  // namespace veleta
