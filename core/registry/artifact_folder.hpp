#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace veleta {

/// The artifacts of runs as files: `<folder>/<run id>/<path>`. Thread-safe: files are written whole, and replaced in
/// one step.
class ArtifactFolder {
 public:
  explicit ArtifactFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Throw kInvalidArgument for a path that is absolute, empty, or leaves the run's folder.
  void put(const std::string& run_id, const std::string& path, const std::string& bytes) const;
  /// Throws kNotFound.
  std::string get(const std::string& run_id, const std::string& path) const;
  /// Paths of all files below `folder` ("": all), sorted.
  std::vector<std::string> list(const std::string& run_id, const std::string& folder) const;
  /// "file:///…/<run id>".
  std::string uri(const std::string& run_id) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace veleta
