#include "git_commit.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "base/files.hpp"

namespace veleta {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostBytes = size_t{1} << 24;  // of packed-refs; the other files are one line
constexpr std::string_view kBranches = "refs/heads/";

/// A file's text without the line break at its end; empty where it cannot be read.
std::string text_of(const fs::path& file) {
  try {
    std::string text = read_file(file, kMostBytes);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
  } catch (const std::exception&) {
    return {};
  }
}

std::string after(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string();
}

bool is_commit(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The folder that ".git" is, or, in a linked working tree, names.
fs::path git_folder(const fs::path& file) {
  std::error_code error;
  for (fs::path folder = fs::absolute(file, error).lexically_normal().parent_path();; folder = folder.parent_path()) {
    const fs::path git = folder / ".git";
    if (fs::is_directory(git, error)) return git;
    if (const std::string linked = after(text_of(git), "gitdir: "); !linked.empty()) return folder / linked;
    if (folder == folder.parent_path()) return {};
  }
}

std::string packed_commit(const fs::path& git, const std::string& ref) {
  std::istringstream lines(text_of(git / "packed-refs"));
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.find(' ');
    if (space != std::string::npos && line.substr(space + 1) == ref) return line.substr(0, space);
  }
  return {};
}

}  // namespace

std::optional<GitCommit> git_commit_of(const fs::path& file) {
  const fs::path git = git_folder(file);
  if (git.empty()) return std::nullopt;
  const std::string head = text_of(git / "HEAD"), ref = after(head, "ref: ");
  const std::string shared = text_of(git / "commondir");  // of linked working trees: where the references are
  const fs::path references = shared.empty() ? git : git / shared;
  GitCommit found;
  found.branch = after(ref, kBranches);
  found.commit = ref.empty() ? head : text_of(references / ref);
  if (found.commit.empty()) found.commit = packed_commit(references, ref);
  return is_commit(found.commit) ? std::optional(found) : std::nullopt;
}

}  // namespace veleta
