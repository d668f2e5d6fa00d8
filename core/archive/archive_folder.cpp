#include "archive_folder.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/files.hpp"

namespace veleta {

namespace fs = std::filesystem;

namespace {

constexpr const char* kList = "archive.json";
constexpr int kFormat = 1;

/// A name from the list stays within the folder.
void check_name(const std::string& name) {
  const fs::path path(name);
  bool is_inside = !name.empty() && path.is_relative();
  for (const auto& part : path) is_inside = is_inside && part != "..";
  if (!is_inside) throw Error(ErrorCode::kBadData, fmt::format("the archive's list names '{}'", name));
}

bool is_there(const fs::path& path, std::string_view bytes) {
  std::error_code none;
  return fs::file_size(path, none) == bytes.size() && !none && read_file(path) == bytes;
}

}  // namespace

ArchiveWriter::ArchiveWriter(const fs::path& folder, const std::string& pipeline)
    : folder_(fs::absolute(folder)), pipeline_(pipeline) {
  fs::create_directories(folder_);
  if (!fs::exists(folder_ / kList)) {
    // What a first export that was cut short left is its own; anything else is somebody's.
    const auto mark = folder_ / "unfinished";
    if (!fs::is_empty(folder_) && !(fs::exists(mark) && read_file(mark) == pipeline_))
      throw Error(ErrorCode::kConflict,
                  fmt::format("{} holds something else than an archive: name an empty folder", folder_.string()));
    write_file_atomically(mark, pipeline_);
    return;
  }
  const std::string found = text_or_empty(read_about(folder_), "pipeline");
  if (found != pipeline_)
    throw Error(ErrorCode::kConflict,
                fmt::format("{} is an archive of pipeline '{}', not of '{}'", folder_.string(), found, pipeline_));
}

fs::path ArchiveWriter::prepared(const std::string& name) const {
  fs::path path = folder_ / name;
  fs::create_directories(path.parent_path());
  return path;
}

void ArchiveWriter::add(const std::string& name) { digests_[name] = sha256_of_file(folder_ / name); }

void ArchiveWriter::put(const std::string& name, std::string_view bytes) {
  const fs::path path = prepared(name);
  if (!is_there(path, bytes)) write_file_atomically(path, bytes);
  digests_[name] = sha256(bytes);
}

void ArchiveWriter::finish(const json::object& about) {
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const std::string name = entry.path().lexically_relative(folder_).generic_string();
    if (entry.is_regular_file() && name != kList && !digests_.contains(name)) fs::remove(entry.path());
  }
  json::object list{{"format", kFormat}, {"pipeline", pipeline_}};
  for (const auto& [key, value] : about) list[key] = value;
  list["files"] = digests_;
  put(kList, pretty_json(list));
}

json::object read_about(const fs::path& folder) {
  if (!fs::exists(folder / kList))
    throw Error(ErrorCode::kNotFound, fmt::format("{} is no archive: it has no {}", folder.string(), kList));
  const json::value list = read_json_file(folder / kList);
  const auto* about = list.if_object();
  const bool is_whole = about && about->contains("format") && about->contains("pipeline") && about->contains("files") &&
                        about->at("files").is_object();
  if (!is_whole) throw Error(ErrorCode::kBadData, fmt::format("{} is no archive's list", (folder / kList).string()));
  if (about->at("format") != kFormat)
    throw Error(ErrorCode::kUnsupported, fmt::format("{} is of format {}; this program reads format {}",
                                                     folder.string(), json::serialize(about->at("format")), kFormat));
  return *about;
}

ArchiveReader::ArchiveReader(const fs::path& folder) : folder_(fs::absolute(folder)), about_(read_about(folder_)) {
  for (const auto& [key, digest] : about_.at("files").as_object()) {
    const std::string name(key);
    check_name(name);
    if (!fs::is_regular_file(folder_ / name))
      throw Error(ErrorCode::kBadData, fmt::format("the archive {} lacks its file {}", folder_.string(), name));
    if (digest != json::value(sha256_of_file(folder_ / name)))
      throw Error(ErrorCode::kBadData,
                  fmt::format("{} is damaged: it does not match its digest", (folder_ / name).string()));
    names_.insert(name);
  }
}

std::vector<std::string> ArchiveReader::list(const std::string& folder) const {
  const std::string prefix = folder + "/";
  std::vector<std::string> found;
  for (auto name = names_.lower_bound(prefix); name != names_.end() && name->starts_with(prefix); ++name)
    found.push_back(*name);
  return found;
}

fs::path ArchiveReader::path(const std::string& name) const { return folder_ / name; }

std::string ArchiveReader::get(const std::string& name) const {
  if (!contains(name))
    throw Error(ErrorCode::kBadData, fmt::format("the archive {} lacks its file {}", folder_.string(), name));
  return read_file(folder_ / name);
}

json::value ArchiveReader::get_json(const std::string& name) const {
  return parse_json(get(name), (folder_ / name).string());
}

}  // namespace veleta
