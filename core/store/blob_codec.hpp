#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "data/reader.hpp"
#include "store/blobs.hpp"

/// What all blob stores do alike: compress, and compare with the digest.
namespace veleta {

/// 64 lower-case hexadecimal digits, and so safe in a path.
bool is_digest(std::string_view text);

/// "ab/ab12….zst": a blob's place below its store's.
std::string blob_name(const std::string& digest);

/// Where a blob's compressed bytes go. Destroying it before keep() leaves nothing behind.
class BlobSink {
 public:
  virtual ~BlobSink() = default;
  virtual void write(std::string_view bytes) = 0;
  /// Makes what was written the blob with that digest, durably, in place of one that is there. May be called again
  /// where it throws.
  virtual void keep(const std::string& digest) = 0;
};

/// Writes zstd frames into the sink.
std::unique_ptr<BlobWriter> compressing_writer(std::unique_ptr<BlobSink> sink);

/// Uncompresses what `stored` brings, and throws kBadData where it is no whole zstd frame, or at the end where it has
/// another digest. `name` is the blob's in messages.
std::unique_ptr<ByteReader> verifying_reader(std::unique_ptr<ByteReader> stored, const std::string& digest,
                                             const std::string& name);

}  // namespace veleta
