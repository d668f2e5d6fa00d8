#include "base/files.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "base/ids.hpp"

namespace veleta {

namespace {

[[noreturn]] void fail(const char* verb, const std::filesystem::path& path) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInternal;
  throw Error(code, fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(errno)));
}

void sync_descriptor(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) fail("open", path);
  const int result = ::fsync(descriptor);
  ::close(descriptor);
  if (result != 0) fail("sync", path);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) {
    if (errno == 0) errno = EISDIR;
    fail("read", path);
  }
  std::ostringstream content;
  content << in.rdbuf();
  if (in.bad()) fail("read", path);
  return std::move(content).str();
}

void sync_file(const std::filesystem::path& path) {
  sync_descriptor(path, O_RDONLY);
  sync_descriptor(path.has_parent_path() ? path.parent_path() : ".", O_RDONLY | O_DIRECTORY);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  const std::filesystem::path part = path.string() + "." + new_id() + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
      std::filesystem::remove(part);
      fail("write", part);
    }
  }
  sync_descriptor(part, O_RDONLY);
  std::filesystem::rename(part, path);
  sync_file(path);
}

}  // namespace veleta
