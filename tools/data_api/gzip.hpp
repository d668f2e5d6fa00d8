#pragma once

#include <zlib.h>
#include <string>
#include <string_view>

namespace veleta::data_api {

/// Compresses a text that comes piece by piece into one gzip stream.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// What the stream goes on with after `text`; may be empty before the last.
  std::string add(std::string_view text, bool is_last);

 private:
  z_stream stream_{};
};

}  // namespace veleta::data_api
