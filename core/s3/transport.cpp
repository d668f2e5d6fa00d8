#include "transport.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "answers.hpp"
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "veleta/error.hpp"

namespace veleta::s3 {

namespace {

constexpr size_t kMostMessageBytes = 500;

void check_bucket(const std::string& name) {
  const bool fits = name.size() >= 3 && name.size() <= 63 &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
  if (!fits)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no name of a bucket: 3 to 63 lower-case letters, digits, '.' and '-'", name));
}

http::ClientOptions client_options(const Settings& settings) {
  http::ClientOptions options;
  options.connect_timeout_s = settings.connect_timeout_s;
  options.timeout_s = 0;  // however long an object takes
  options.stall_timeout_s = settings.stall_timeout_s;
  options.ca_file = settings.ca_file;
  options.verify_tls = settings.verify_tls;
  return options;
}

std::string endpoint_url(const Settings& settings) {
  return settings.endpoint.empty() ? fmt::format("https://s3.{}.amazonaws.com", settings.region) : settings.endpoint;
}

/// A wildcard certificate covers one label: a bucket with a dot in its name has no host of its own.
bool has_own_host(const Settings& settings, const std::string& bucket) {
  if (settings.addressing) return *settings.addressing == Addressing::kVirtualHost;
  return settings.endpoint.empty() && bucket.find('.') == std::string::npos;
}

/// Without the port where it is the scheme's own: so clients and servers write it.
std::string host_header(const boost::urls::url_view& url) {
  const bool is_default =
      (url.scheme() == "http" && url.port() == "80") || (url.scheme() == "https" && url.port() == "443");
  return is_default ? std::string(url.encoded_host()) : std::string(url.encoded_host_and_port());
}

bool is_failure(const Operation& operation, const http::Response& response) {
  return !response.is_success() || (operation.may_fail_with_200 && failure_in(response.body));
}

bool may_pass(const http::Response& response) {
  constexpr int kPassing[] = {408, 429, 500, 502, 503, 504};
  if (std::find(std::begin(kPassing), std::end(kPassing), response.status) != std::end(kPassing)) return true;
  if (response.status != 400 && response.status != 200) return false;
  // With 400 servers also tell that the body stalled on its way, or was altered.
  const std::string code = failure_in(response.body).value_or(Failure{}).code;
  return code == "InternalError" || code == "SlowDown" || code == "RequestTimeout" ||
         code == "XAmzContentSHA256Mismatch" || code == "BadDigest" || code == "IncompleteBody";
}

/// versitygw has its own name for it, and answers 404.
bool is_unknown_user(const std::string& code) { return code == "InvalidAccessKeyId" || code == "XAdminUserNotFound"; }

ErrorCode error_code(int status, const std::string& code) {
  if (is_unknown_user(code)) return ErrorCode::kRefused;
  if (is_lost_upload(code)) return ErrorCode::kConflict;
  if (code == "InternalError") return ErrorCode::kPeerFailed;
  if (code == "SlowDown" || code == "ServiceUnavailable") return ErrorCode::kUnavailable;
  if (code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed" || code == "InvalidBucketName")
    return ErrorCode::kInvalidArgument;
  if (code == "InvalidRange") return ErrorCode::kBadData;
  switch (status) {
    case 301:
    case 307: return ErrorCode::kInvalidArgument;
    case 404: return ErrorCode::kNotFound;
    case 408: return ErrorCode::kTimeout;
    case 409:
    case 412: return ErrorCode::kConflict;
    case 416: return ErrorCode::kBadData;
    case 429:
    case 503: return ErrorCode::kUnavailable;
    default: return status >= 500 || status < 300 ? ErrorCode::kPeerFailed : ErrorCode::kRefused;
  }
}

/// What a person can do about it.
std::string_view cure(int status, const std::string& code) {
  if (is_unknown_user(code)) return " (check AWS_ACCESS_KEY_ID)";
  if (code == "SignatureDoesNotMatch") return " (check AWS_SECRET_ACCESS_KEY)";
  if (code == "ExpiredToken" || code == "InvalidToken") return " (check AWS_SESSION_TOKEN)";
  if (code == "RequestTimeTooSkewed") return " (check this machine's clock)";
  if (code == "AuthorizationHeaderMalformed" || status == 301 || status == 307)
    return " (check AWS_REGION and the endpoint)";
  return "";
}

}  // namespace

Transport::Transport(const Settings& settings, std::string bucket)
    : settings_(settings), bucket_(std::move(bucket)), client_(client_options(settings)) {
  check_bucket(bucket_);
  const std::string text = endpoint_url(settings);
  const auto url = boost::urls::parse_uri(text);
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->encoded_host().empty() ||
      url->has_userinfo() || url->has_query() || url->has_fragment())
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is no endpoint of an object store: expected https://host:port", http::told_url(text)));
  const bool own_host = has_own_host(settings, bucket_);
  endpoint_ = fmt::format("{}://{}", std::string(url->scheme()), host_header(*url));
  host_ = (own_host ? bucket_ + "." : "") + host_header(*url);
  base_path_ = std::string(url->encoded_path());
  if (!base_path_.ends_with('/')) base_path_ += '/';
  if (!own_host) base_path_ += bucket_ + "/";
}

Call Transport::call(const Operation& operation) const {
  const bool is_own_path = base_path_.size() > 1;
  const std::string path =
      operation.key.empty() && is_own_path ? base_path_.substr(0, base_path_.size() - 1) : base_path_ + operation.key;
  return {operation.method, host_, path, operation.query, operation.headers};
}

Signer Transport::signer() const { return {settings_.credentials, settings_.region, now_ms()}; }

http::Response Transport::answer(const Operation& operation) {
  const Call signed_call = call(operation);
  http::Request request;
  request.method = operation.method;
  request.url = endpoint_.substr(0, endpoint_.find("://") + 3) + host_ + request_target(signed_call);
  request.headers = signed_headers(signed_call, signer(), sha256(operation.body));
  request.body = operation.body;
  http::Retry retry = settings_.retry;
  retry.may_pass = [&](const http::Response& response) {
    return is_failure(operation, response) && may_pass(response);
  };
  return http::send(client_, request, retry);
}

http::Response Transport::send(const Operation& operation) {
  http::Response response = answer(operation);
  if (is_failure(operation, response)) fail(operation, response);
  return response;
}

void Transport::fail(const Operation& operation, const http::Response& response) const {
  const Failure failure = failure_in(response.body).value_or(Failure{});
  std::string told_failure = failure.code;
  if (!failure.message.empty()) told_failure += (told_failure.empty() ? "" : ": ") + failure.message;
  const std::string_view request_id = response.header("x-amz-request-id");
  throw Error(error_code(response.status, failure.code),
              fmt::format("{}: the object store answers {}{}{}{}{}", told(operation), response.status,
                          told_failure.empty() ? "" : " " + clipped(told_failure, kMostMessageBytes),
                          cure(response.status, failure.code), request_id.empty() ? "" : ", request ", request_id));
}

std::optional<std::string> Transport::etag_of_write(const std::string& key, const std::string& write_id) {
  Operation operation;
  operation.method = "HEAD";
  operation.key = key;
  const http::Response response = answer(operation);
  if (!response.is_success() || response.header(kWriteId) != write_id) return std::nullopt;
  return std::string(response.header("etag"));
}

std::string Transport::presigned_url(const Operation& operation, int lifetime_s) const {
  return endpoint_.substr(0, endpoint_.find("://") + 3) + host_ +
         presigned_target(call(operation), signer(), lifetime_s);
}

std::string Transport::told(const Operation& operation) const {
  return fmt::format("{} s3://{}/{} at {}", operation.method, bucket_, operation.key, endpoint_);
}

}  // namespace veleta::s3
