#pragma once

#include <string>
#include <vector>

#include "programs.hpp"

namespace veleta::test {

/// The quick-start's pipeline in a folder of its own.
class Quickstart {
 public:
  /// `changes` are pairs of a text in the file and what stands in its place.
  explicit Quickstart(const std::vector<std::pair<std::string, std::string>>& changes = {});

  /// Runs `veleta COMMAND CONFIG MORE…`.
  Outcome run(const std::string& command, std::vector<std::string> more = {},
              std::vector<std::string> environment = {}) const;
  const std::filesystem::path& config() const { return config_; }
  std::filesystem::path store() const { return folder_ / "rent.db"; }
  const Folder& folder() const { return folder_; }
  /// The names of the folder's files, the commands' output apart.
  std::vector<std::string> files() const;

 private:
  Folder folder_;
  Folder outputs_;
  std::filesystem::path config_;
};

/// `veleta serve` on a free port; waits until it is there.
class ServeProcess {
 public:
  ServeProcess(const Folder& folder, const std::filesystem::path& config);
  uint16_t port() const { return port_; }
  Process& process() { return process_; }

 private:
  Process process_;
  uint16_t port_ = 0;
};

/// The port that a server's first line names; 0: it has not said so yet.
uint16_t announced_port(const std::string& output);
/// Waits until a server has named its port; throws where it ends before, or takes more than a minute.
uint16_t await_port(Process& server);
/// Text with each of `changes` made in it; throws where it lacks one.
std::string changed(std::string text, const std::vector<std::pair<std::string, std::string>>& changes);

}  // namespace veleta::test
