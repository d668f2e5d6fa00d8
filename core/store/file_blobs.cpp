#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "blob_codec.hpp"
#include "store/blobs.hpp"

namespace veleta {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& verb, const fs::path& path) {
  throw Error(ErrorCode::kUnavailable, fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(errno)));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(ErrorCode::kUnavailable, fmt::format("cannot make {}: {}", folder.string(), error.message()));
}

/// A file being written. It is locked as long as its writer lives, so that another process can tell what is left over.
class StagingFile final : public BlobSink {
 public:
  explicit StagingFile(const fs::path& folder) : folder_(folder), path_(folder / "staging" / (new_id() + ".part")) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail("make", path_);
    ::flock(descriptor_, LOCK_EX | LOCK_NB);
  }
  ~StagingFile() override {
    ::close(descriptor_);
    if (!kept_) ::unlink(path_.c_str());
  }
  StagingFile(const StagingFile&) = delete;
  StagingFile& operator=(const StagingFile&) = delete;

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }

  void keep(const std::string& digest) override {
    if (kept_) return;
    const fs::path target = folder_ / blob_name(digest);
    if (::fsync(descriptor_) != 0) fail("sync", path_);
    const bool new_folder = !fs::exists(target.parent_path());
    make_folder(target.parent_path());
    if (::rename(path_.c_str(), target.c_str()) != 0) fail("rename " + path_.string() + " to", target);
    kept_ = true;
    sync_file(target);
    if (new_folder) sync_file(target.parent_path());
  }

 private:
  const fs::path folder_;
  const fs::path path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

/// Removes what writers that died left in the staging folder: files that nobody holds locked. A file younger than a
/// second may be one that its writer is about to lock.
void remove_left_over(const fs::path& staging) {
  for (const auto& entry : fs::directory_iterator(staging)) {
    struct stat status {};
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) continue;
    const bool young = ::fstat(descriptor, &status) != 0 || ::time(nullptr) - status.st_mtime <= 1;
    if (!young && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
    ::close(descriptor);
  }
}

class FileBlobs final : public BlobStore {
 public:
  explicit FileBlobs(const fs::path& folder) : folder_(fs::absolute(folder)) {
    make_folder(folder_ / "staging");
    remove_left_over(folder_ / "staging");
  }

  std::unique_ptr<BlobWriter> create() override { return compressing_writer(std::make_unique<StagingFile>(folder_)); }

  std::unique_ptr<ByteReader> open(const std::string& digest) override {
    if (!contains(digest))
      throw Error(ErrorCode::kNotFound, fmt::format("there is no blob '{}' in {}", digest, folder_.string()));
    const std::string path = (folder_ / blob_name(digest)).string();
    return verifying_reader(open_file(path), digest, path);
  }

  bool contains(const std::string& digest) override {
    return is_digest(digest) && fs::exists(folder_ / blob_name(digest));
  }

 private:
  const fs::path folder_;
};

}  // namespace

std::unique_ptr<BlobStore> open_file_blobs(const std::string& folder) { return std::make_unique<FileBlobs>(folder); }

}  // namespace veleta
