#include "s3_blobs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/log.hpp"
#include "blob_codec.hpp"
#include "s3/bucket.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

/// An upload takes minutes; what was begun before that and is not complete belongs to nobody.
constexpr double kAbandonedSeconds = 24 * 3600;

/// Bytes in a file without a name, which ends with its descriptor, however this process ends.
class TemporaryBytes {
 public:
  TemporaryBytes() {
    const char* variable = std::getenv("TMPDIR");
    folder_ = variable && *variable ? variable : "/var/tmp";
    std::string path = folder_ + "/veleta-XXXXXX";
    descriptor_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail("make");
    ::unlink(path.c_str());
  }
  ~TemporaryBytes() { ::close(descriptor_); }
  TemporaryBytes(const TemporaryBytes&) = delete;
  TemporaryBytes& operator=(const TemporaryBytes&) = delete;

  void append(std::string_view bytes) {
    byte_count_ += bytes.size();
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }

  /// As many bytes from `begin` as there are, up to the text's size, which they become.
  void read(uint64_t begin, std::string& bytes) const {
    size_t count = 0;
    while (count < bytes.size()) {
      const ssize_t got =
          ::pread(descriptor_, bytes.data() + count, bytes.size() - count, static_cast<off_t>(begin + count));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("read");
      if (got == 0) break;
      count += static_cast<size_t>(got);
    }
    bytes.resize(count);
  }

  uint64_t byte_count() const { return byte_count_; }

 private:
  [[noreturn]] void fail(const char* verb) const {
    throw Error(ErrorCode::kUnavailable,
                fmt::format("cannot {} a temporary file in {} (TMPDIR names another place): {}", verb, folder_,
                            std::strerror(errno)));
  }

  std::string folder_;
  int descriptor_ = -1;
  uint64_t byte_count_ = 0;
};

/// A bucket and the place of blobs in it.
struct BlobPlace {
  BlobPlace(const s3::Settings& settings, const std::string& bucket_name, std::string key_prefix, size_t part_size)
      : bucket(settings, bucket_name), prefix(std::move(key_prefix)), part_bytes(part_size) {}

  std::string key(const std::string& digest) const { return prefix + blob_name(digest); }

  /// Once for each process, before it uploads in parts: a store that does not let us look is none the worse.
  void remove_abandoned_uploads() {
    if (looked_for_abandoned.exchange(true)) return;
    try {
      bucket.abort_uploads(prefix, kAbandonedSeconds);
    } catch (const Error& error) {
      log(LogLevel::kWarning, fmt::format("abandoned uploads cannot be looked for: {}", error.what()));
    }
  }

  s3::Bucket bucket;
  const std::string prefix;  // empty, or ending with '/'
  const size_t part_bytes;
  std::atomic<bool> looked_for_abandoned = false;
};

class S3Sink final : public BlobSink {
 public:
  explicit S3Sink(std::shared_ptr<BlobPlace> place) : place_(std::move(place)) {}

  void write(std::string_view bytes) override {
    if (!file_ && first_part_.size() + bytes.size() <= place_->part_bytes) {
      first_part_ += bytes;
      return;
    }
    if (!file_) {
      file_.emplace();
      file_->append(first_part_);
      first_part_ = {};
    }
    file_->append(bytes);
  }

  void keep(const std::string& digest) override {
    if (!file_)
      place_->bucket.put(place_->key(digest), first_part_);
    else
      upload_again_if_lost(place_->key(digest));
  }

 private:
  void upload_again_if_lost(const std::string& key) {
    try {
      upload(key);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kConflict) throw;
      upload(key);
    }
  }

  void upload(const std::string& key) {
    place_->remove_abandoned_uploads();
    const auto upload = place_->bucket.begin_upload(key);
    std::string part;
    for (uint64_t begin = 0; begin < file_->byte_count(); begin += part.size()) {
      part.resize(place_->part_bytes);
      file_->read(begin, part);
      upload->add_part(part);
    }
    upload->complete();
  }

  const std::shared_ptr<BlobPlace> place_;
  std::string first_part_;  // all that was written, as long as there is no file
  std::optional<TemporaryBytes> file_;
};

/// An object's bytes, fetched part by part.
class S3Object final : public ByteReader {
 public:
  S3Object(std::shared_ptr<BlobPlace> place, std::string key) : place_(std::move(place)), key_(std::move(key)) {
    fetch("");
  }

  size_t read(char* buffer, size_t capacity) override {
    if (at_ == part_.bytes.size() && part_begin_ + at_ < part_.object_byte_count) {
      part_begin_ += at_;
      fetch(part_.etag);
    }
    const size_t count = std::min(capacity, part_.bytes.size() - at_);
    std::memcpy(buffer, part_.bytes.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  void fetch(const std::string& etag) {
    try {
      part_ = place_->bucket.get(key_, {part_begin_, place_->part_bytes}, etag);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kConflict) throw;
      throw Error(ErrorCode::kUnavailable,
                  fmt::format("{}; it was replaced while it was read: read it again", error.what()));
    }
    at_ = 0;
  }

  const std::shared_ptr<BlobPlace> place_;
  const std::string key_;
  uint64_t part_begin_ = 0;
  s3::ObjectPart part_;
  size_t at_ = 0;  // in the part
};

class S3Blobs final : public BlobStore {
 public:
  explicit S3Blobs(std::shared_ptr<BlobPlace> place) : place_(std::move(place)) {}

  std::unique_ptr<BlobWriter> create() override { return compressing_writer(std::make_unique<S3Sink>(place_)); }

  std::unique_ptr<ByteReader> open(const std::string& digest) override {
    const std::string where = fmt::format("{} of {}", place_->key(digest), place_->bucket.told());
    if (!is_digest(digest))
      throw Error(ErrorCode::kNotFound, fmt::format("there is no blob '{}' in {}", digest, where));
    try {
      return verifying_reader(std::make_unique<S3Object>(place_, place_->key(digest)), digest, where);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kBadData) throw;
      throw Error(ErrorCode::kBadData, fmt::format("blob {} is damaged: it is empty", where));
    }
  }

  bool contains(const std::string& digest) override {
    return is_digest(digest) && place_->bucket.head(place_->key(digest)).has_value();
  }

 private:
  const std::shared_ptr<BlobPlace> place_;
};

}  // namespace

std::unique_ptr<BlobStore> open_s3_blobs(const std::string& uri, const s3::Settings& settings, size_t part_bytes) {
  const std::string rest = uri.starts_with(kS3Scheme) ? uri.substr(kS3Scheme.size()) : "";
  const std::string bucket = rest.substr(0, rest.find('/'));
  std::string prefix = bucket.size() < rest.size() ? rest.substr(bucket.size() + 1) : "";
  while (prefix.ends_with('/')) prefix.pop_back();
  if (bucket.empty() || prefix.starts_with('/') || prefix.find("//") != std::string::npos)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no place for blobs: expected s3://bucket/prefix", http::told_url(uri)));
  return std::make_unique<S3Blobs>(
      std::make_shared<BlobPlace>(settings, bucket, prefix.empty() ? "" : prefix + "/", part_bytes));
}

}  // namespace veleta
