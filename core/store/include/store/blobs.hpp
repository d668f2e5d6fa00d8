#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "data/reader.hpp"

namespace veleta {

/// A blob's address and size. The digest is of the bytes before compression.
struct BlobInfo {
  std::string digest;  ///< SHA-256, 64 hexadecimal digits
  uint64_t byte_count = 0;
  uint64_t stored_byte_count = 0;
};

/// Bytes on their way into a store: nothing is kept until commit. Destroying it uncommitted leaves nothing behind.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual void write(std::string_view bytes) = 0;
  /// Makes the bytes durable. The same bytes twice are kept once. Where it throws, it may be called again.
  virtual BlobInfo commit() = 0;
};

/// Content-addressed bytes. Thread-safe. Every Error names the blob.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual std::unique_ptr<BlobWriter> create() = 0;
  /// Streams a blob's bytes; throws kNotFound, and kBadData while reading where the bytes do not match the digest.
  virtual std::unique_ptr<ByteReader> open(const std::string& digest) = 0;
  virtual bool contains(const std::string& digest) = 0;

  BlobInfo put(std::string_view bytes);
  std::string get(const std::string& digest);
};

/// The blobs at a folder's path, or at "s3://bucket/prefix" with what s3::settings_from_environment finds.
std::unique_ptr<BlobStore> open_blobs(const std::string& location);

/// Blobs as zstd files under `folder`, `ab/<digest>.zst` by the digest's first two digits, which `zstd -d` reads.
/// Written in `staging/`, synced and renamed, so that a crash leaves no part behind that counts; what dead writers left
/// there is removed when the folder is opened.
std::unique_ptr<BlobStore> open_file_blobs(const std::string& folder);

}  // namespace veleta
