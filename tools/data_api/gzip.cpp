#include "gzip.hpp"

#include <new>

namespace veleta::data_api {

namespace {

constexpr int kFast = 1, kGzipWindow = 15 + 16, kMemory = 8;

}  // namespace

GzipStream::GzipStream() {
  if (deflateInit2(&stream_, kFast, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

GzipStream::~GzipStream() { deflateEnd(&stream_); }

std::string GzipStream::add(std::string_view text, bool is_last) {
  std::string out;
  char block[32 * 1024];
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream_.avail_in = static_cast<uInt>(text.size());
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(block);
    stream_.avail_out = sizeof block;
    deflate(&stream_, is_last ? Z_FINISH : Z_NO_FLUSH);
    out.append(block, sizeof block - stream_.avail_out);
  } while (stream_.avail_out == 0);
  return out;
}

}  // namespace veleta::data_api
