#include "pipeline_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

class FileLock final : public PipelineLock {
 public:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  ~FileLock() override {
    // Unlocked by name, not by closing alone: a forked child may still have the file open.
    ::flock(descriptor_, LOCK_UN);
    ::close(descriptor_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

std::string holder(int descriptor) {
  char text[200];
  const ssize_t count = ::pread(descriptor, text, sizeof text, 0);
  return count > 0 ? std::string(text, static_cast<size_t>(count)) : "another process";
}

/// Leaves a line about this process in the file, for the error of those who find it locked.
void sign(int descriptor, const std::filesystem::path& path) {
  const std::string text = fmt::format("process {} since {}", ::getpid(), format_time(now_ms()));
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, text.data(), text.size(), 0) < 0)
    throw Error(ErrorCode::kUnavailable, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

}  // namespace

std::unique_ptr<PipelineLock> lock_pipeline_file(const std::filesystem::path& folder, const std::string& pipeline) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  // Pipelines may share an identifier, hence the hash; a file's name has at most 255 bytes.
  const auto path = folder / fmt::format("{}-{:016x}.lock", identifier(pipeline).substr(0, 200), hash64(pipeline));
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    throw Error(ErrorCode::kUnavailable,
                fmt::format("cannot lock pipeline '{}' by {}: {}", pipeline, path.string(), std::strerror(errno)));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const std::string by = holder(descriptor);
    ::close(descriptor);
    throw Error(ErrorCode::kConflict,
                fmt::format("pipeline '{}' is being run by {} (lock {})", pipeline, by, path.string()));
  }
  auto lock = std::make_unique<FileLock>(descriptor);
  sign(descriptor, path);
  return lock;
}

}  // namespace veleta
