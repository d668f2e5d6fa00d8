#include <fmt/format.h>
#include <zlib.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "data/reader.hpp"
#include "plain_bytes.hpp"

namespace veleta {

namespace {

constexpr size_t kBlock_bytes = size_t{1} << 16;

// Rows of text shrink to a twentieth at best; what shrinks far more and is large holds no rows.
constexpr uint64_t kUnsuspected_bytes = uint64_t{1} << 30;
constexpr uint64_t kLargestRatio = 200;

class FileReader final : public ByteReader {
 public:
  explicit FileReader(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "rb"), &std::fclose) {
    if (!file_) throw Error(ErrorCode::kNotFound, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  }
  size_t read(char* buffer, size_t capacity) override {
    const size_t count = std::fread(buffer, 1, capacity, file_.get());
    if (count == 0 && std::ferror(file_.get()))
      throw Error(ErrorCode::kInternal, fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
    return count;
  }

 private:
  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

class TextReader final : public ByteReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}
  size_t read(char* buffer, size_t capacity) override {
    const size_t count = text_.copy(buffer, capacity, position_);
    position_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t position_ = 0;
};

class OwnedPlainBytes final : public ByteReader {
 public:
  explicit OwnedPlainBytes(std::unique_ptr<ByteReader> bytes) : bytes_(std::move(bytes)), plain_(*bytes_) {}
  size_t read(char* buffer, size_t capacity) override { return plain_.read(buffer, capacity); }

 private:
  std::unique_ptr<ByteReader> bytes_;
  PlainBytes plain_;
};

}  // namespace

std::unique_ptr<ByteReader> open_file(const std::string& path) { return std::make_unique<FileReader>(path); }
std::unique_ptr<ByteReader> read_text(std::string text) { return std::make_unique<TextReader>(std::move(text)); }
std::unique_ptr<ByteReader> gunzip_if_needed(std::unique_ptr<ByteReader> bytes) {
  return std::make_unique<OwnedPlainBytes>(std::move(bytes));
}

size_t read_full(ByteReader& bytes, char* buffer, size_t capacity) {
  size_t filled = 0;
  while (filled < capacity) {
    const size_t count = bytes.read(buffer + filled, capacity - filled);
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

/// A zlib stream with the compressed block that it works on.
struct PlainBytes::Inflater {
  z_stream stream{};
  std::string block = std::string(kBlock_bytes, '\0');
  bool between_members = false;  ///< a gzip file may be several, one after the other

  Inflater() {
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw Error(ErrorCode::kInternal, "zlib cannot start");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  template <typename ReadBlock>
  size_t read(char* buffer, size_t capacity, ReadBlock&& read_block) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = static_cast<uInt>(std::min(capacity, size_t{1} << 30));
    const uInt wanted = stream.avail_out;
    while (stream.avail_out == wanted && wanted > 0) {
      if (stream.avail_in == 0) {
        stream.next_in = reinterpret_cast<Bytef*>(block.data());
        stream.avail_in = static_cast<uInt>(read_block(block.data(), block.size()));
      }
      if (stream.avail_in == 0 && between_members) return 0;
      if (stream.avail_in == 0) fail("it ends early");
      inflate_some();
    }
    return wanted - stream.avail_out;
  }

 private:
  void inflate_some() {
    between_members = false;
    const auto [in, out] = std::pair(stream.total_in, stream.total_out);
    const int status = inflate(&stream, Z_NO_FLUSH);
    compressed_bytes_ += stream.total_in - in;
    plain_bytes_ += stream.total_out - out;
    if (plain_bytes_ > kUnsuspected_bytes && plain_bytes_ / kLargestRatio > compressed_bytes_)
      fail("its content is more than 200 times as large as it is");
    if (status == Z_STREAM_END) {
      between_members = true;
      inflateReset(&stream);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(stream.msg ? stream.msg : "it is damaged");
    }
  }
  [[noreturn]] void fail(const char* reason) const {
    throw Error(ErrorCode::kBadData, fmt::format("the gzip data cannot be uncompressed: {}, after {} bytes of content",
                                                 reason, plain_bytes_));
  }

  uint64_t compressed_bytes_ = 0, plain_bytes_ = 0;
};

PlainBytes::PlainBytes(ByteReader& bytes) : bytes_(bytes) {}
PlainBytes::~PlainBytes() = default;

void PlainBytes::sniff() {
  sniffed_ = true;
  head_.resize(2);
  head_.resize(read_full(bytes_, head_.data(), 2));
  if (head_ == "\x1f\x8b") inflater_ = std::make_unique<Inflater>();
}

size_t PlainBytes::read_plain(char* buffer, size_t capacity) {
  if (head_.empty()) return bytes_.read(buffer, capacity);
  const size_t count = head_.copy(buffer, capacity);
  head_.erase(0, count);
  return count;
}

size_t PlainBytes::read(char* buffer, size_t capacity) {
  if (!sniffed_) sniff();
  if (!inflater_) return read_plain(buffer, capacity);
  return inflater_->read(buffer, capacity, [this](char* to, size_t size) { return read_plain(to, size); });
}

}  // namespace veleta
