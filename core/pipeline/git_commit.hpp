#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace veleta {

/// What a Git working tree stands on.
struct GitCommit {
  std::string commit;  ///< 40 or 64 hexadecimal digits
  std::string branch;  ///< empty: none is checked out
};

/// The commit of the repository that `file` lies in, read from its files, without the program git; none where it lies
/// in none, or there is no commit yet.
std::optional<GitCommit> git_commit_of(const std::filesystem::path& file);

}  // namespace veleta
