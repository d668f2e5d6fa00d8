#include <fmt/format.h>
#include <zstd.h>
#include <bit>
#include <limits>
#include <memory>

#include "base/digest.hpp"
#include "data/profile.hpp"
#include "sorted_numbers.hpp"

// The form: the magic; SHA-256 of the rest, in hexadecimal; the rest, which is one zstd frame. In the frame: row_count,
// the number of columns, the columns. Counts and lengths are LEB128 varints, numbers 8 bytes of little endian; sorted
// values are the steps between their order keys, as varints.

namespace veleta {

namespace {

constexpr std::string_view kMagic = "VLPROF1\n";
constexpr size_t kDigestLength = 64;
constexpr size_t kLargestBody_bytes = size_t{1} << 31;

class BodyWriter {
 public:
  void count(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void number(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(bits >> shift);
  }
  void text(std::string_view value) {
    count(value.size());
    bytes_ += value;
  }
  void sorted(const std::vector<double>& values) {
    count(values.size());
    uint64_t before = 0;
    for (const double value : values) count(order_key(value) - std::exchange(before, order_key(value)));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

[[noreturn]] void fail(const std::string& reason) {
  throw Error(ErrorCode::kBadData, "the bytes are no profile: " + reason);
}

class BodyReader {
 public:
  explicit BodyReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t count() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    fail("a count has too many bytes");
  }
  /// A count of things that take at least `least_bytes` each: no more of them than the bytes left can hold.
  size_t length(size_t least_bytes) {
    const uint64_t value = count();
    if (value > bytes_.size() / least_bytes) fail(fmt::format("{} items in {} bytes", value, bytes_.size()));
    return static_cast<size_t>(value);
  }
  double number() {
    uint64_t bits = 0;
    const std::string_view taken = take(8);
    for (size_t i = 0; i < 8; ++i) bits |= uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
    return std::bit_cast<double>(bits);
  }
  std::string text() { return std::string(take(length(1))); }
  std::vector<double> sorted() {
    std::vector<double> values(length(1));
    uint64_t key = 0;
    for (double& value : values) {
      const uint64_t step = count();
      if (step > std::numeric_limits<uint64_t>::max() - key) fail("its sorted values are not ascending");
      value = from_order_key(key += step);
    }
    return values;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(size_t size) {
    if (size > bytes_.size()) fail("it ends early");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
};

void write(const ColumnProfile& column, BodyWriter& out) {
  out.text(column.name);
  out.text(to_string(column.type));
  for (const double number : {column.row_count, column.missing_count, column.mean, column.standard_deviation})
    out.number(number);
  out.sorted(column.sorted);
  out.count(column.labels.size());
  for (const auto& label : column.labels) out.text(label);
  for (const double label_count : column.counts) out.count(static_cast<uint64_t>(label_count));
}

ColumnProfile read_column(BodyReader& in) {
  ColumnProfile column;
  column.name = in.text();
  const std::string type = in.text();
  const auto known_type = parse_column_type(type);
  if (!known_type) fail("column '" + column.name + "' has the type '" + type + "'");
  column.type = *known_type;
  for (double* number : {&column.row_count, &column.missing_count, &column.mean, &column.standard_deviation})
    *number = in.number();
  column.sorted = in.sorted();
  column.labels.resize(in.length(2));
  column.counts.resize(column.labels.size());
  for (auto& label : column.labels) label = in.text();
  for (double& label_count : column.counts) label_count = static_cast<double>(in.count());
  return column;
}

std::string compress(std::string_view body) {
  std::string frame(ZSTD_compressBound(body.size()), '\0');
  const size_t size = ZSTD_compress(frame.data(), frame.size(), body.data(), body.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size)) throw Error(ErrorCode::kInternal, fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  frame.resize(size);
  return frame;
}

/// Grows the result as bytes come, so that a frame that claims much and holds little costs little.
std::string decompress(std::string_view frame) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), &ZSTD_freeDStream);
  std::string body, block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{block.data(), block.size(), 0};
    const size_t left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left)) fail(ZSTD_getErrorName(left));
    body.append(block, 0, out.pos);
    if (body.size() > kLargestBody_bytes) fail("it unpacks to more than 2 GiB");
    if (left == 0 && in.pos == in.size) return body;
    if (in.pos == in.size && out.pos < out.size) fail("it ends early");
  }
}

}  // namespace

std::string serialize(const Profile& profile) {
  BodyWriter body;
  body.number(profile.row_count);
  body.count(profile.columns.size());
  for (const auto& column : profile.columns) write(column, body);
  const std::string frame = compress(body.bytes());
  return std::string(kMagic) + sha256(frame) + frame;
}

Profile parse_profile(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) fail("it does not begin with VLPROF1");
  if (bytes.size() < kMagic.size() + kDigestLength) fail("it ends early");
  const std::string_view frame = bytes.substr(kMagic.size() + kDigestLength);
  if (sha256(frame) != bytes.substr(kMagic.size(), kDigestLength)) fail("its digest is not that of its content");

  const std::string body = decompress(frame);
  BodyReader in(body);
  Profile profile;
  profile.row_count = in.number();
  const size_t column_count = in.length(1);
  for (size_t i = 0; i < column_count; ++i) profile.columns.push_back(read_column(in));
  if (!in.at_end()) fail("bytes are left over after its last column");
  return profile;
}

}  // namespace veleta
