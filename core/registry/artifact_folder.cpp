#include "artifact_folder.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/files.hpp"

namespace veleta {

namespace {

/// The path, if it stays inside the folder that it is relative to.
std::filesystem::path checked(const std::string& text) {
  const bool plain = !text.empty() && text.front() != '/' && text.back() != '/' &&
                     text.find('\0') == std::string::npos && text.find("//") == std::string::npos &&
                     text.find('\\') == std::string::npos;
  const std::filesystem::path path(text);
  const bool inside =
      std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".." || part == "."; });
  if (!plain || !inside)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is no artifact path: expected a relative one with '/' between its parts, without '..'",
                    text));
  return path;
}

}  // namespace

void ArtifactFolder::put(const std::string& run_id, const std::string& path, const std::string& bytes) const {
  write_file_atomically(folder_ / run_id / checked(path), bytes);
}

std::string ArtifactFolder::get(const std::string& run_id, const std::string& path) const {
  const auto file = folder_ / run_id / checked(path);
  if (!std::filesystem::is_regular_file(file))
    throw Error(ErrorCode::kNotFound, fmt::format("run {} has no artifact '{}'", run_id, path));
  return read_file(file);
}

std::vector<std::string> ArtifactFolder::list(const std::string& run_id, const std::string& folder) const {
  const auto root = folder_ / run_id;
  const auto start = folder.empty() ? root : root / checked(folder);
  std::vector<std::string> paths;
  std::error_code absent;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(start, absent))
    if (entry.is_regular_file() && entry.path().extension() != ".part")
      paths.push_back(entry.path().lexically_relative(root).generic_string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string ArtifactFolder::uri(const std::string& run_id) const {
  return "file://" + (std::filesystem::absolute(folder_) / run_id).string();
}

}  // namespace veleta
