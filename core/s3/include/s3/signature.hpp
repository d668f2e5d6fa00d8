#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "http/client.hpp"

namespace veleta::s3 {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< of temporary credentials; empty: they are lasting ones
};

/// A request that is to be signed. Path, query and headers are as a person writes them; encoding is the signer's.
struct Call {
  std::string method = "GET";
  std::string host;        ///< what the Host header will say
  std::string path = "/";  ///< of the whole URL, beginning with '/'
  std::vector<std::pair<std::string, std::string>> query;
  http::Headers headers;  ///< each is signed; no name twice
};

/// Who signs, for where and when.
struct Signer {
  Credentials credentials;
  std::string region;
  int64_t time_ms = 0;  ///< since 1970-01-01 UTC
};

/// The call's path and query as they must be sent, which is as they are signed: all but letters, digits and "-_.~"
/// encoded, the query sorted by bytes, "key=" for a key without a value.
std::string request_target(const Call& call);

/// All headers to send: the call's, Host, X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token and Authorization.
/// `payload_sha256`: of the body, in lower-case hexadecimal digits, which the server compares.
/// AWS Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
http::Headers signed_headers(const Call& call, const Signer& signer, const std::string& payload_sha256);

/// Path and query of a URL that lets whoever has it make this call, with any body, for `lifetime_s` from the signer's
/// time. It is a secret. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html.
std::string presigned_target(const Call& call, const Signer& signer, int lifetime_s);

}  // namespace veleta::s3
