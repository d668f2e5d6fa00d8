#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "archive/archive.hpp"

namespace veleta::testing {

/// A store and a registry, and archives of the pipeline "realty" in them.
struct Backends {
  ArchiveCounts export_to(const std::filesystem::path& folder) const;
  ArchiveCounts import_from(const std::filesystem::path& folder) const;
  /// Appends a request's rows to the inference log.
  void serve(const std::string& request_id, int64_t time_ms, size_t rows) const;
  /// Labels from POST /labels.
  void label(const std::string& request_id, const std::vector<std::string>& labels) const;
  /// As a server that took the first `count` labels.
  void watch_labels(size_t count) const;
  std::vector<KeptLabel> labels() const;

  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
};

/// In `folder`, embedded.
Backends embedded_backends(const std::filesystem::path& folder);

/// Moves a history with labels from embedded backends to `there`, which is empty, and from there to others that are
/// embedded; holds that nothing is lost and that what is repeated changes nothing. Uses `folder`.
void expect_labels_to_move(const Backends& there, const std::filesystem::path& folder);

}  // namespace veleta::testing
