#include "store/blobs.hpp"

#include "s3_blobs.hpp"

namespace veleta {

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

std::unique_ptr<BlobStore> open_blobs(const std::string& location) {
  return location.starts_with(kS3Scheme) ? open_s3_blobs(location, s3::settings_from_environment())
                                         : open_file_blobs(location);
}

}  // namespace veleta
