#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"
#include "store/blobs.hpp"

namespace veleta {

namespace {

namespace fs = std::filesystem;

constexpr int kCompressionLevel = 1;

[[noreturn]] void fail(const std::string& verb, const fs::path& path) {
  throw Error(ErrorCode::kUnavailable, fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(errno)));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(ErrorCode::kUnavailable, fmt::format("cannot make {}: {}", folder.string(), error.message()));
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

fs::path blob_path(const fs::path& folder, const std::string& digest) {
  return folder / digest.substr(0, 2) / (digest + ".zst");
}

/// A file being written. It is locked as long as its writer lives, so that another process can tell what is left over.
class StagingFile {
 public:
  explicit StagingFile(const fs::path& folder) : path_(folder / (new_id() + ".part")) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail("make", path_);
    ::flock(descriptor_, LOCK_EX | LOCK_NB);
  }
  ~StagingFile() {
    ::close(descriptor_);
    if (!kept_) ::unlink(path_.c_str());
  }
  StagingFile(const StagingFile&) = delete;
  StagingFile& operator=(const StagingFile&) = delete;

  void write(const char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", path_);
      bytes += written;
      count -= static_cast<size_t>(written);
    }
  }

  /// Gives the file its final name, durably.
  void keep_as(const fs::path& target) {
    if (::fsync(descriptor_) != 0) fail("sync", path_);
    const bool new_folder = !fs::exists(target.parent_path());
    make_folder(target.parent_path());
    if (::rename(path_.c_str(), target.c_str()) != 0) fail("rename " + path_.string() + " to", target);
    kept_ = true;
    sync_file(target);
    if (new_folder) sync_file(target.parent_path());
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
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

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class FileBlobWriter final : public BlobWriter {
 public:
  explicit FileBlobWriter(const fs::path& folder)
      : folder_(folder),
        file_(folder / "staging"),
        compressor_(ZSTD_createCCtx()),
        block_(ZSTD_CStreamOutSize(), '\0') {
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  }

  void write(std::string_view bytes) override {
    digest_.update(bytes);
    info_.byte_count += bytes.size();
    compress(bytes, ZSTD_e_continue);
  }

  BlobInfo commit() override {
    compress({}, ZSTD_e_end);
    info_.digest = digest_.finish();
    // A blob that is there already is replaced: should it have been damaged, it is whole again.
    file_.keep_as(blob_path(folder_, info_.digest));
    return info_;
  }

 private:
  void compress(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    size_t left = 0;
    do {
      ZSTD_outBuffer out{block_.data(), block_.size(), 0};
      left = ZSTD_compressStream2(compressor_.get(), &out, &in, directive);
      if (ZSTD_isError(left))
        throw Error(ErrorCode::kInternal,
                    fmt::format("cannot compress into {}: {}", file_.path().string(), ZSTD_getErrorName(left)));
      file_.write(block_.data(), out.pos);
      info_.stored_byte_count += out.pos;
    } while (in.pos < in.size || (directive == ZSTD_e_end && left > 0));
  }

  fs::path folder_;
  StagingFile file_;
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor_;
  std::string block_;
  Sha256 digest_;
  BlobInfo info_;
};

/// Uncompresses a blob, and compares its digest at the end.
class FileBlobReader final : public ByteReader {
 public:
  FileBlobReader(const fs::path& path, const std::string& digest)
      : name_(path.string()),
        expected_(digest),
        file_(open_file(path.string())),
        decompressor_(ZSTD_createDCtx()),
        block_(ZSTD_DStreamInSize(), '\0') {}

  size_t read(char* buffer, size_t capacity) override {
    if (ended_ || capacity == 0) return 0;
    ZSTD_outBuffer out{buffer, capacity, 0};
    while (out.pos == 0 && !ended_) fill(out);
    digest_.update({buffer, out.pos});
    if (ended_ && digest_.finish() != expected_) damaged("its content does not match its digest");
    return out.pos;
  }

 private:
  [[noreturn]] void damaged(const std::string& reason) {
    throw Error(ErrorCode::kBadData, fmt::format("blob {} is damaged: {}", name_, reason));
  }

  void fill(ZSTD_outBuffer& out) {
    if (in_.pos == in_.size) {
      in_ = {block_.data(), file_->read(block_.data(), block_.size()), 0};
      if (in_.size == 0) {
        if (left_ != 0) damaged("it ends too early");
        ended_ = true;
        return;
      }
    }
    left_ = ZSTD_decompressStream(decompressor_.get(), &out, &in_);
    if (ZSTD_isError(left_)) damaged(ZSTD_getErrorName(left_));
  }

  std::string name_;
  std::string expected_;
  std::unique_ptr<ByteReader> file_;
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor_;
  std::string block_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  size_t left_ = 1;  // 0: a frame ended just here
  bool ended_ = false;
  Sha256 digest_;
};

class FileBlobs final : public BlobStore {
 public:
  explicit FileBlobs(const fs::path& folder) : folder_(fs::absolute(folder)) {
    make_folder(folder_ / "staging");
    remove_left_over(folder_ / "staging");
  }

  std::unique_ptr<BlobWriter> create() override { return std::make_unique<FileBlobWriter>(folder_); }

  std::unique_ptr<ByteReader> open(const std::string& digest) override {
    if (!contains(digest))
      throw Error(ErrorCode::kNotFound, fmt::format("there is no blob '{}' in {}", digest, folder_.string()));
    return std::make_unique<FileBlobReader>(blob_path(folder_, digest), digest);
  }

  bool contains(const std::string& digest) override {
    return is_digest(digest) && fs::exists(blob_path(folder_, digest));
  }

 private:
  const fs::path folder_;
};

}  // namespace

BlobInfo BlobStore::put(std::string_view bytes) {
  const auto writer = create();
  writer->write(bytes);
  return writer->commit();
}

std::string BlobStore::get(const std::string& digest) {
  const auto reader = open(digest);
  std::string bytes;
  std::string block(size_t{1} << 18, '\0');
  while (const size_t count = reader->read(block.data(), block.size())) bytes.append(block, 0, count);
  return bytes;
}

std::unique_ptr<BlobStore> open_file_blobs(const std::string& folder) { return std::make_unique<FileBlobs>(folder); }

}  // namespace veleta
