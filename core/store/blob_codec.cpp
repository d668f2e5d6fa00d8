#include "blob_codec.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include "base/digest.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr int kCompressionLevel = 1;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class CompressingWriter final : public BlobWriter {
 public:
  explicit CompressingWriter(std::unique_ptr<BlobSink> sink)
      : sink_(std::move(sink)), compressor_(ZSTD_createCCtx()), block_(ZSTD_CStreamOutSize(), '\0') {
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  }

  void write(std::string_view bytes) override {
    digest_.update(bytes);
    info_.byte_count += bytes.size();
    compress(bytes, ZSTD_e_continue);
  }

  BlobInfo commit() override {
    if (info_.digest.empty()) {
      compress({}, ZSTD_e_end);
      info_.digest = digest_.finish();
    }
    // A blob that is there already is replaced: should it have been damaged, it is whole again.
    sink_->keep(info_.digest);
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
        throw Error(ErrorCode::kInternal, fmt::format("cannot compress a blob: {}", ZSTD_getErrorName(left)));
      sink_->write({block_.data(), out.pos});
      info_.stored_byte_count += out.pos;
    } while (in.pos < in.size || (directive == ZSTD_e_end && left > 0));
  }

  std::unique_ptr<BlobSink> sink_;
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor_;
  std::string block_;
  Sha256 digest_;
  BlobInfo info_;  // with a digest once all is compressed
};

class VerifyingReader final : public ByteReader {
 public:
  VerifyingReader(std::unique_ptr<ByteReader> stored, const std::string& digest, const std::string& name)
      : name_(name),
        expected_(digest),
        stored_(std::move(stored)),
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
      in_ = {block_.data(), stored_->read(block_.data(), block_.size()), 0};
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
  std::unique_ptr<ByteReader> stored_;
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor_;
  std::string block_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  size_t left_ = 1;  // 0: a frame ended just here
  bool ended_ = false;
  Sha256 digest_;
};

}  // namespace

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string blob_name(const std::string& digest) { return digest.substr(0, 2) + "/" + digest + ".zst"; }

std::unique_ptr<BlobWriter> compressing_writer(std::unique_ptr<BlobSink> sink) {
  return std::make_unique<CompressingWriter>(std::move(sink));
}

std::unique_ptr<ByteReader> verifying_reader(std::unique_ptr<ByteReader> stored, const std::string& digest,
                                             const std::string& name) {
  return std::make_unique<VerifyingReader>(std::move(stored), digest, name);
}

}  // namespace veleta
