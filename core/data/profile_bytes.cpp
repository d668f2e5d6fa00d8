#include "profile_bytes.hpp"

#include <fmt/format.h>
#include <zstd.h>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "data/order_key.hpp"

namespace veleta {

namespace {

constexpr size_t kLargestBody_bytes = size_t{1} << 31;
constexpr uint64_t kLargestRows = uint64_t{1} << 53;

}  // namespace

void refuse_profile(const std::string& reason) {
  throw Error(ErrorCode::kBadData, "the bytes are no profile: " + reason);
}

void ProfileWriter::count(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void ProfileWriter::number(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(bits >> shift);
}

void ProfileWriter::text(std::string_view value) {
  count(value.size());
  bytes_ += value;
}

void ProfileWriter::ascending(std::span<const double> numbers) {
  uint64_t before = 0;
  for (const double number : numbers) count(order_key(number) - std::exchange(before, order_key(number)));
}

/// 2 * (bytes of the magnitude) + (1 if negative), the zero bytes at its low end, the bytes above those.
void ProfileWriter::wide(const WideInteger& value) {
  const std::string magnitude = value.magnitude();
  const size_t zeros = std::min(magnitude.find_first_not_of('\0'), magnitude.size());
  count(2 * uint64_t{magnitude.size() - zeros} + value.is_negative());
  count(uint64_t{zeros});
  bytes_.append(magnitude, zeros);
}

uint64_t ProfileReader::count() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  refuse_profile("a count has too many bytes");
}

double ProfileReader::rows() {
  const uint64_t value = count();
  if (value > kLargestRows) refuse_profile(fmt::format("it tells of {} rows", value));
  return static_cast<double>(value);
}

size_t ProfileReader::length(size_t least_bytes) {
  const uint64_t value = count();
  if (value > bytes_.size() / least_bytes) refuse_profile(fmt::format("{} items in {} bytes", value, bytes_.size()));
  return static_cast<size_t>(value);
}

double ProfileReader::number() {
  uint64_t bits = 0;
  const std::string_view taken = take(8);
  for (size_t i = 0; i < 8; ++i) bits |= uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
  return std::bit_cast<double>(bits);
}

std::vector<double> ProfileReader::ascending(size_t size) {
  std::vector<double> numbers(size);
  uint64_t key = 0;
  for (double& number : numbers) {
    const uint64_t step = count();
    if (step > std::numeric_limits<uint64_t>::max() - key) refuse_profile("its numbers are not ascending");
    number = from_order_key(key += step);
    if (!std::isfinite(number)) refuse_profile("one of its numbers is not finite");
  }
  return numbers;
}

WideInteger ProfileReader::wide() {
  const uint64_t length_and_sign = count(), zeros = count(), length = length_and_sign / 2;
  const std::string_view bytes = take(static_cast<size_t>(std::min<uint64_t>(length, bytes_.size() + 1)));
  const bool is_plain = bytes.empty() ? length_and_sign == 0 && zeros == 0 : bytes.front() != 0 && bytes.back() != 0;
  if (!is_plain || zeros > WideInteger::kLargestMagnitude_bytes ||
      zeros + length > WideInteger::kLargestMagnitude_bytes)
    refuse_profile("one of its sums is not written as it should be");
  return WideInteger::of(std::string(static_cast<size_t>(zeros), '\0').append(bytes), length_and_sign % 2 == 1);
}

std::string_view ProfileReader::take(size_t size) {
  if (size > bytes_.size()) refuse_profile("it ends early");
  const std::string_view taken = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return taken;
}

std::string zstd_frame(std::string_view body) {
  std::string frame(ZSTD_compressBound(body.size()), '\0');
  const size_t size = ZSTD_compress(frame.data(), frame.size(), body.data(), body.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size)) throw Error(ErrorCode::kInternal, fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  frame.resize(size);
  return frame;
}

/// Grows the result as bytes come, so that a frame that claims much and holds little costs little.
std::string zstd_body(std::string_view frame) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), &ZSTD_freeDStream);
  std::string body, block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{block.data(), block.size(), 0};
    const size_t left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left)) refuse_profile(ZSTD_getErrorName(left));
    body.append(block, 0, out.pos);
    if (body.size() > kLargestBody_bytes) refuse_profile("it unpacks to more than 2 GiB");
    if (left == 0 && in.pos == in.size) return body;
    if (in.pos == in.size && out.pos < out.size) refuse_profile("it ends early");
  }
}

}  // namespace veleta
