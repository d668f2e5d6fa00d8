#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "s3/settings.hpp"
#include "store/blobs.hpp"

namespace veleta {

inline constexpr std::string_view kS3Scheme = "s3://";

inline constexpr size_t kBlobPartBytes = size_t{8} << 20;

/// Blobs as objects `<prefix>/ab/<digest>.zst` of a bucket, which `zstd -d` reads. `uri` is "s3://bucket/prefix" or
/// "s3://bucket". Opening connects to nothing. Throws kInvalidArgument for a uri or settings that cannot be.
///
/// A blob has its key from its content, which is known at its end: what is larger than a part waits in an unnamed
/// temporary file (in TMPDIR, else /var/tmp) and is uploaded in parts when it is committed, so that no memory is needed
/// for it and no object but the blob is ever there. Readers fetch a part at a time. `part_bytes`: 5 MiB at least.
std::unique_ptr<BlobStore> open_s3_blobs(const std::string& uri, const s3::Settings& settings,
                                         size_t part_bytes = kBlobPartBytes);

}  // namespace veleta
