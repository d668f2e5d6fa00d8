#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "registry/registry.hpp"
#include "store/store.hpp"

/// A pipeline's history and models as a folder, on their way from one store and registry to another.
namespace veleta {

/// How much an archive holds, or how much of it an import brought.
struct ArchiveCounts {
  int64_t runs = 0, batches = 0, clean_rows = 0, inferences = 0, labels = 0, tracked_runs = 0, versions = 0;
};

/// Told what is being carried: "batch 3 of 6".
using ArchiveProgress = std::function<void(const std::string& what)>;

/// Writes what store and registry hold of a pipeline into `folder`, which is made: all but the state of streams,
/// requests with their logs, and events. An archive of the same pipeline there is brought up to date.
/// docs/archive_format.md has the layout; the same content gives the same bytes. The list of files with their digests
/// is written last: a folder without it is no archive. The pipeline must not run meanwhile: take its lock. Throws
/// kConflict where the folder holds something else.
ArchiveCounts export_archive(const std::string& pipeline, Store& store, Registry& registry,
                             const std::filesystem::path& folder, const ArchiveProgress& progress);

/// Brings an archive into a store and a registry; what they hold already stays, so that an import that was cut short is
/// repeated, and one that is repeated changes nothing. All files are held against their digests before anything is
/// written. Runs of the registry get ids of its own; records of the store name those.
/// Throws kBadData for a damaged archive; kConflict where the store holds another batch or run of the same name, or the
/// registry other versions of the model.
ArchiveCounts import_archive(const std::filesystem::path& folder, Store& store, Registry& registry,
                             const ArchiveProgress& progress);

/// The pipeline that an archive is of. Throws kNotFound where the folder holds none, kBadData.
std::string archived_pipeline(const std::filesystem::path& folder);

}  // namespace veleta
