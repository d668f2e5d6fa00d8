#include "artifact_folder.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/files.hpp"
#include "rules.hpp"

namespace veleta {

namespace fs = std::filesystem;

namespace {

/// What write_file_atomically has not finished, or left behind when it was killed.
constexpr const char* kUnfinished = ".part";

[[noreturn]] void fail(const std::string& what, const std::string& reason) {
  throw Error(ErrorCode::kUnavailable, fmt::format("cannot {}: {}", what, reason));
}

/// Whether the error says that there is nothing at a path.
bool is_absence(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

/// A file cannot be where a folder is, nor below another file.
void check_place(const fs::path& root, const std::string& path) {
  fs::path place = root;
  const fs::path relative(path);
  for (auto part = relative.begin(); part != relative.end(); ++part) {
    place /= *part;
    std::error_code ignored;
    const bool is_last = std::next(part) == relative.end();
    if (is_last ? fs::is_directory(place, ignored) : fs::is_regular_file(place, ignored))
      throw Error(ErrorCode::kConflict, fmt::format("cannot keep artifact '{}': {} is a {}", path, place.string(),
                                                    is_last ? "folder" : "file"));
  }
}

/// Makes the folder, and its name in those above it up to `top`, survive a power cut.
void make_folder(const fs::path& folder, const fs::path& top) {
  if (!fs::create_directories(folder)) return;
  for (fs::path made = folder; made != top; made = made.parent_path()) sync_file(made);
}

}  // namespace

void ArtifactFolder::put(const std::string& run_id, const std::string& path, const std::string& bytes) const {
  check_artifact_path(path);
  check_place(folder_ / run_id, path);
  const fs::path file = folder_ / run_id / path;
  try {
    make_folder(file.parent_path(), folder_.parent_path());
    write_file_atomically(file, bytes);
  } catch (const std::exception& error) {
    fail(fmt::format("keep artifact '{}' of run {}", path, run_id), error.what());
  }
}

std::string ArtifactFolder::get(const std::string& run_id, const std::string& path) const {
  check_artifact_path(path);
  const fs::path file = folder_ / run_id / path;
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (error && !is_absence(error)) fail("read " + file.string(), error.message());
  if (!fs::is_regular_file(status))
    throw Error(ErrorCode::kNotFound, fmt::format("run {} has no artifact '{}'", run_id, path));
  try {
    return read_file(file);
  } catch (const Error& failure) {
    fail(fmt::format("read artifact '{}' of run {}", path, run_id), failure.what());
  }
}

void ArtifactFolder::remove(const std::string& run_id, const std::string& path) const {
  check_artifact_path(path);
  std::error_code error;
  fs::remove(folder_ / run_id / path, error);
  if (error && !is_absence(error)) fail(fmt::format("remove artifact '{}' of run {}", path, run_id), error.message());
}

std::vector<std::string> ArtifactFolder::list(const std::string& run_id, const std::string& folder) const {
  if (!folder.empty()) check_artifact_path(folder);
  const fs::path root = folder_ / run_id;
  const fs::path start = folder.empty() ? root : root / folder;
  std::vector<std::string> paths;
  std::error_code error, ignored;
  fs::recursive_directory_iterator entry(start, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->is_regular_file(ignored) && entry->path().extension() != kUnfinished)
      paths.push_back(entry->path().lexically_relative(root).generic_string());
  if (error && !is_absence(error)) fail("list the files in " + start.string(), error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string ArtifactFolder::uri(const std::string& run_id, const std::string& path) const {
  return "file://" + (folder_ / run_id).string() + (path.empty() ? "" : "/" + path);
}

}  // namespace veleta
