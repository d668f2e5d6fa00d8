#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace veleta {

/// Writes the files of an archive; those that are there as they should be are left alone.
class ArchiveWriter {
 public:
  /// Makes the folder. Throws kConflict where it holds an archive of another pipeline, or anything else.
  ArchiveWriter(const std::filesystem::path& folder, const std::string& pipeline);

  void put(const std::string& name, std::string_view bytes);
  void put(const std::string& name, const json::value& value) { put(name, pretty_json(value)); }
  /// A file that writes itself: `write` is given its path.
  template <typename Write>
  void put_file(const std::string& name, Write&& write) {
    const auto path = prepared(name);
    write(path);
    add(name);
  }
  /// Removes what an older archive has beside these files, and writes their list.
  void finish(const json::object& about);

 private:
  std::filesystem::path prepared(const std::string& name) const;
  void add(const std::string& name);

  const std::filesystem::path folder_;
  const std::string pipeline_;
  json::object digests_;
};

/// Reads the files of an archive.
class ArchiveReader {
 public:
  /// Reads the list and holds every file against its digest. Throws kNotFound without a list; kBadData.
  explicit ArchiveReader(const std::filesystem::path& folder);

  const json::object& about() const { return about_; }
  /// The names of the files below `folder`, sorted.
  std::vector<std::string> list(const std::string& folder) const;
  bool contains(const std::string& name) const { return names_.contains(name); }
  std::filesystem::path path(const std::string& name) const;
  std::string get(const std::string& name) const;
  json::value get_json(const std::string& name) const;

 private:
  const std::filesystem::path folder_;
  json::object about_;
  std::set<std::string> names_;
};

/// What the archive's list says of it; nothing is checked. Throws kNotFound, kBadData.
json::object read_about(const std::filesystem::path& folder);

}  // namespace veleta
