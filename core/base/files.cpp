#include "base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/ids.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

[[noreturn]] void fail(const char* verb, const std::filesystem::path& path) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound
                         : is_full       ? ErrorCode::kUnavailable
                                         : ErrorCode::kInternal;
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

std::string read_file(const std::filesystem::path& path, size_t max_bytes) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) {
    if (errno == 0) errno = EISDIR;
    fail("read", path);
  }
  std::string content;
  std::array<char, size_t{1} << 16> part;
  while (in.read(part.data(), part.size()) || in.gcount() > 0) {
    content.append(part.data(), static_cast<size_t>(in.gcount()));
    if (content.size() > max_bytes)
      throw Error(ErrorCode::kBadData,
                  fmt::format("{} has more than {}", path.string(), human_bytes(static_cast<double>(max_bytes))));
  }
  if (in.bad()) fail("read", path);
  return content;
}

void sync_file(const std::filesystem::path& path) {
  sync_descriptor(path, O_RDONLY);
  sync_descriptor(path.has_parent_path() ? path.parent_path() : ".", O_RDONLY | O_DIRECTORY);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::error_code failure;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failure);
  if (failure) {
    errno = failure.value();
    fail("make the folder of", path);
  }
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
