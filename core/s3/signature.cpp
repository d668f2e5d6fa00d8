#include "s3/signature.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "base/digest.hpp"
#include "veleta/error.hpp"

namespace veleta::s3 {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> code{};
  unsigned size = code.size();
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
            text.size(), code.data(), &size))
    throw Error(ErrorCode::kInternal, "OpenSSL offers no HMAC-SHA256");
  return std::string(reinterpret_cast<const char*>(code.data()), size);
}

std::string hexadecimal(std::string_view bytes) {
  std::string digits;
  for (const unsigned char byte : bytes) digits += fmt::format("{:02x}", byte);
  return digits;
}

/// "20130524T000000Z"
std::string timestamp(int64_t time_ms) { return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(time_ms / 1000)); }

std::string encoded_query(const Call& call) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : call.query)
    pairs.push_back(http::percent_encoded(name) + "=" + http::percent_encoded(value));
  // By name and then by value: '=' would sort after the digits that a longer name may go on with.
  std::sort(pairs.begin(), pairs.end(), [](const std::string& a, const std::string& b) {
    const auto parts = [](const std::string& pair) {
      const size_t end = pair.find('=');
      return std::pair(std::string_view(pair).substr(0, end), std::string_view(pair).substr(end));
    };
    return parts(a) < parts(b);
  });
  return fmt::format("{}", fmt::join(pairs, "&"));
}

std::string encoded_path(const Call& call) { return http::percent_encoded(call.path, "/"); }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Without blanks at the ends, and one where there are several.
std::string plain(std::string_view value) {
  std::string result;
  for (const char character : value) {
    if (character == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += character;
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

/// Headers as they are signed, and their names.
struct CanonicalHeaders {
  std::string lines;
  std::string names;
};

CanonicalHeaders canonical_headers(const http::Headers& headers) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : headers) sorted[lower(name)] = plain(value);
  CanonicalHeaders result;
  for (const auto& [name, value] : sorted) {
    result.lines += name + ":" + value + "\n";
    result.names += (result.names.empty() ? "" : ";") + name;
  }
  return result;
}

std::string scope(const Signer& signer) {
  return fmt::format("{}/{}/s3/aws4_request", timestamp(signer.time_ms).substr(0, 8), signer.region);
}

std::string signature(const Call& call, const CanonicalHeaders& headers, const Signer& signer,
                      std::string_view payload_sha256) {
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", call.method, encoded_path(call),
                                            encoded_query(call), headers.lines, headers.names, payload_sha256);
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, timestamp(signer.time_ms), scope(signer), sha256(canonical));
  const std::string day_key =
      hmac("AWS4" + signer.credentials.secret_access_key, timestamp(signer.time_ms).substr(0, 8));
  return hexadecimal(hmac(hmac(hmac(hmac(day_key, signer.region), "s3"), "aws4_request"), text));
}

}  // namespace

std::string request_target(const Call& call) {
  return encoded_path(call) + (call.query.empty() ? "" : "?" + encoded_query(call));
}

http::Headers signed_headers(const Call& call, const Signer& signer, const std::string& payload_sha256) {
  http::Headers headers = call.headers;
  headers.emplace_back("Host", call.host);
  headers.emplace_back("X-Amz-Date", timestamp(signer.time_ms));
  headers.emplace_back("X-Amz-Content-Sha256", payload_sha256);
  if (!signer.credentials.session_token.empty())
    headers.emplace_back("X-Amz-Security-Token", signer.credentials.session_token);
  const CanonicalHeaders canonical = canonical_headers(headers);
  headers.emplace_back("Authorization", fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                                                    signer.credentials.access_key_id, scope(signer), canonical.names,
                                                    signature(call, canonical, signer, payload_sha256)));
  return headers;
}

std::string presigned_target(const Call& call, const Signer& signer, int lifetime_s) {
  http::Headers headers = call.headers;
  headers.emplace_back("Host", call.host);
  const CanonicalHeaders canonical = canonical_headers(headers);
  Call presigned = call;
  presigned.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  presigned.query.emplace_back("X-Amz-Credential", signer.credentials.access_key_id + "/" + scope(signer));
  presigned.query.emplace_back("X-Amz-Date", timestamp(signer.time_ms));
  presigned.query.emplace_back("X-Amz-Expires", std::to_string(lifetime_s));
  presigned.query.emplace_back("X-Amz-SignedHeaders", canonical.names);
  if (!signer.credentials.session_token.empty())
    presigned.query.emplace_back("X-Amz-Security-Token", signer.credentials.session_token);
  presigned.query.emplace_back("X-Amz-Signature", signature(presigned, canonical, signer, "UNSIGNED-PAYLOAD"));
  return request_target(presigned);
}

}  // namespace veleta::s3
