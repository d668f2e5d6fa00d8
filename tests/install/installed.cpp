#include "installed.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <cstdio>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta::testing {

Home::Home() : path_(std::filesystem::temp_directory_path() / ("veleta_home_" + new_id())) {
  // The build is where the guide's reader has it.
  std::filesystem::create_directories(path_ / "build");
  std::filesystem::create_directory_symlink(VELETA_BINARY_FOLDER, path_ / "build/release");
}

Home::~Home() { std::filesystem::remove_all(path_); }

void Home::write(const std::filesystem::path& file, const std::string& content) const {
  write_file_atomically(path_ / file, content);
}

Outcome Home::run(const std::string& commands) const {
  const auto script = path_ / "commands.sh";
  write_file_atomically(script, commands);
  const std::string line = fmt::format(
      "cd {0} && env -i HOME={0} PATH={0}/veleta/bin:/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 sh -eu {1} 2>&1",
      path_.string(), script.string());
  Outcome outcome;
  FILE* pipe = ::popen(line.c_str(), "r");
  char buffer[4096];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) outcome.output.append(buffer, count);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

void Home::install(const std::string& options) const {
  const Outcome outcome = run("cmake --install build/release --prefix ~/veleta " + options);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
}

std::string source_file(const std::string& path) {
  return read_file(std::filesystem::path(VELETA_SOURCE_FOLDER) / path);
}

std::string detector_manifest(const std::string& name) {
  return fmt::format(
      "manifest_version = 1\nlibrary = \"{0}.so\"\nabi_version = 1\nversion = \"1.0.0\"\nlicense = \"Apache-2.0\"\n"
      "[[plugin]]\nkind = \"detector\"\nname = \"{0}\"\ndescription = \"for tests\"\n",
      name);
}

std::string visible_symbols(const Home& home, const std::string& library) {
  return home.run("nm --dynamic --defined-only --format=just-symbols " + library).output;
}

}  // namespace veleta::testing
