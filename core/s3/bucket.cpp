#include "s3/bucket.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

#include "answers.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "transport.hpp"
#include "upload.hpp"
#include "veleta/error.hpp"

namespace veleta::s3 {

namespace {

Operation on(const char* method, const std::string& key) {
  if (key.empty()) throw Error(ErrorCode::kInvalidArgument, "an object's key is empty");
  Operation operation;
  operation.method = method;
  operation.key = key;
  return operation;
}

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The whole object's size, where the answer is the range that was asked for, or as much of it as there is: with
/// "Content-Range: bytes 0-9/1234", or the object as a whole.
std::optional<uint64_t> object_size(const http::Response& response, const Range& range) {
  const uint64_t count = response.body.size();
  if (response.status == 200) return range.begin == 0 ? std::optional(count) : std::nullopt;
  const std::string expected = fmt::format("bytes {}-{}/", range.begin, range.begin + count - 1);
  const std::string_view told = response.header("content-range");
  if (count == 0 || !told.starts_with(expected)) return std::nullopt;
  const auto size = whole_number(told.substr(expected.size()));
  const bool is_all = count == range.byte_count || range.begin + count == size;
  return is_all ? size : std::nullopt;
}

}  // namespace

Bucket::Bucket(const Settings& settings, std::string name)
    : transport_(std::make_shared<Transport>(settings, std::move(name))) {}
Bucket::~Bucket() = default;

void Bucket::create() {
  Operation operation;
  operation.method = "PUT";
  const std::string body = creation_text(transport_->region());
  operation.body = body;
  const http::Response response = transport_->answer(operation);
  const bool is_there = failure_in(response.body).value_or(Failure{}).code == "BucketAlreadyOwnedByYou";
  if (!response.is_success() && !is_there) transport_->fail(operation, response);
}

std::string Bucket::put(const std::string& key, std::string_view bytes, const PutCondition& condition) {
  Operation operation = on("PUT", key);
  operation.body = bytes;
  if (!condition.if_absent && condition.if_etag.empty()) return std::string(transport_->send(operation).header("etag"));
  const std::string write_id = new_id();
  operation.headers.emplace_back(kWriteId, write_id);
  if (condition.if_absent) operation.headers.emplace_back("If-None-Match", "*");
  if (!condition.if_etag.empty()) operation.headers.emplace_back("If-Match", condition.if_etag);
  const http::Response response = transport_->answer(operation);
  if (response.is_success()) return std::string(response.header("etag"));
  if (response.status == 412 || response.status == 409)
    if (const auto etag = transport_->etag_of_write(key, write_id)) return *etag;
  transport_->fail(operation, response);
}

std::string Bucket::get(const std::string& key) { return transport_->send(on("GET", key)).body; }

ObjectPart Bucket::get(const std::string& key, const Range& range, const std::string& if_etag) {
  Operation operation = on("GET", key);
  if (range.byte_count == 0) throw Error(ErrorCode::kInvalidArgument, "a range of no bytes of " + key);
  operation.headers.emplace_back("Range", fmt::format("bytes={}-{}", range.begin, range.begin + range.byte_count - 1));
  if (!if_etag.empty()) operation.headers.emplace_back("If-Match", if_etag);
  http::Response response = transport_->send(operation);
  ObjectPart part;
  part.etag = response.header("etag");
  const auto size = object_size(response, range);
  if (!size)
    throw Error(
        ErrorCode::kPeerFailed,
        fmt::format("{}: asked for {} bytes from {}, the object store answers {} with {} bytes and Content-Range "
                    "'{}'",
                    transport_->told(operation), range.byte_count, range.begin, response.status, response.body.size(),
                    response.header("content-range")));
  part.object_byte_count = *size;
  part.bytes = std::move(response.body);
  return part;
}

std::optional<ObjectInfo> Bucket::head(const std::string& key) {
  const Operation operation = on("HEAD", key);
  const http::Response response = transport_->answer(operation);
  if (response.status == 404) return std::nullopt;
  if (!response.is_success()) transport_->fail(operation, response);
  return ObjectInfo{key, whole_number(response.header("content-length")).value_or(0),
                    std::string(response.header("etag"))};
}

void Bucket::remove(const std::string& key) {
  const Operation operation = on("DELETE", key);
  const http::Response response = transport_->answer(operation);
  const bool is_gone = failure_in(response.body).value_or(Failure{}).code == "NoSuchKey";
  if (!response.is_success() && !is_gone) transport_->fail(operation, response);
}

std::vector<ObjectInfo> Bucket::list(const std::string& prefix, int page_size) {
  std::vector<ObjectInfo> objects;
  std::string token;
  do {
    Operation operation;
    operation.query = {
        {"list-type", "2"}, {"prefix", prefix}, {"encoding-type", "url"}, {"max-keys", std::to_string(page_size)}};
    if (!token.empty()) operation.query.emplace_back("continuation-token", token);
    ObjectPage page = object_page(transport_->send(operation).body);
    objects.insert(objects.end(), page.objects.begin(), page.objects.end());
    if (!page.next.empty() && page.next == token)
      throw Error(ErrorCode::kPeerFailed, transport_->told(operation) + ": a page of the list is followed by itself");
    token = std::move(page.next);
  } while (!token.empty());
  return objects;
}

std::unique_ptr<Upload> Bucket::begin_upload(const std::string& key) {
  return std::make_unique<Upload>(transport_, key);
}

size_t Bucket::abort_uploads(const std::string& prefix, double age_s) {
  const double newest_s = static_cast<double>(now_ms()) / 1000 - age_s;
  size_t count = 0;
  for (const PendingUpload& upload : pending_uploads(*transport_, prefix)) {
    if (parse_iso_time(upload.begun).value_or(newest_s) >= newest_s) continue;
    abort_upload(*transport_, upload.key, upload.id);
    ++count;
  }
  return count;
}

std::string Bucket::presigned_url(const std::string& method, const std::string& key, int lifetime_s) {
  return transport_->presigned_url(on(method.c_str(), key), lifetime_s);
}

std::string Bucket::told() const { return fmt::format("s3://{} at {}", transport_->bucket(), transport_->endpoint()); }

}  // namespace veleta::s3
