#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace veleta {

/// The artifacts of runs as files: `<folder>/<run id>/<path>`. The caller knows that the run exists. Thread-safe: files
/// are written whole, and replaced in one step. Throws kInvalidArgument for what is no artifact path, kUnavailable with
/// the system's reason.
class ArtifactFolder {
 public:
  explicit ArtifactFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Throws kConflict where the path is a folder, or goes through a file.
  void put(const std::string& run_id, const std::string& path, const std::string& bytes) const;
  /// Throws kNotFound.
  std::string get(const std::string& run_id, const std::string& path) const;
  /// Does nothing where there is no such file.
  void remove(const std::string& run_id, const std::string& path) const;
  /// Paths of all files below `folder` ("": all), sorted.
  std::vector<std::string> list(const std::string& run_id, const std::string& folder) const;
  /// "file:///…/<run id>/<path>", or without the path where it is empty. Text for people.
  std::string uri(const std::string& run_id, const std::string& path = "") const;

 private:
  std::filesystem::path folder_;
};

}  // namespace veleta
