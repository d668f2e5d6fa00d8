#pragma once

#include <filesystem>
#include <string>

namespace veleta::testing {

/// What a command printed, on either stream, and how it ended.
struct Outcome {
  int status = 0;
  std::string output;
};

/// A user's home folder, removed at the end, for commands to run in as that user types them.
class Home {
 public:
  Home();
  ~Home();
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::filesystem::path& file, const std::string& content) const;
  /// Runs shell commands until one fails, with ~/veleta/bin on the PATH and nothing of this build in the environment.
  Outcome run(const std::string& commands) const;
  /// Installs this build into ~/veleta.
  void install(const std::string& options = "") const;

 private:
  std::filesystem::path path_;
};

/// The text of a file of this repository.
std::string source_file(const std::string& path);

/// The manifest of a library with one detector of its name.
std::string detector_manifest(const std::string& name);

/// The names that a library lets others see.
std::string visible_symbols(const Home& home, const std::string& library);

}  // namespace veleta::testing
