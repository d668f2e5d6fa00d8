#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "s3/signature.hpp"

// Signs the requests of sigv4.json, which says of each where it comes from.

namespace veleta::s3 {
namespace {

std::string text(const json::value& vector, std::string_view name) { return std::string(vector.at(name).as_string()); }

std::vector<std::pair<std::string, std::string>> pairs(const json::value& list) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& pair : list.as_array())
    result.emplace_back(pair.at(0).as_string().c_str(), pair.at(1).as_string().c_str());
  return result;
}

Call call_of(const json::value& vector) {
  Call call;
  call.method = text(vector, "method");
  call.host = text(vector, "host");
  call.path = text(vector, "path");
  call.query = pairs(vector.at("query"));
  if (vector.as_object().contains("headers")) call.headers = pairs(vector.at("headers"));
  return call;
}

Signer signer_of(const json::value& vector) {
  const json::value& credentials = vector.at("credentials");
  return {
      {text(credentials, "access_key_id"), text(credentials, "secret_access_key"), text(credentials, "session_token")},
      text(vector, "region"),
      static_cast<int64_t>(parse_iso_time(text(vector, "time")).value() * 1000)};
}

json::array vectors(std::string_view kind) {
  return read_json_file(VELETA_SOURCE_FOLDER "/tests/conformance/sigv4.json").at(kind).as_array();
}

std::string authorization(const http::Headers& headers) {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [](const auto& h) { return h.first == "Authorization"; });
  return found == headers.end() ? "" : found->second;
}

TEST(SigV4, SignsHeadersAsOthersDo) {
  const json::array all = vectors("signed");
  EXPECT_EQ(all.size(), 10u);
  for (const json::value& vector : all) {
    SCOPED_TRACE(text(vector, "source"));
    const Call call = call_of(vector);
    EXPECT_EQ(request_target(call), text(vector, "expected_target"));
    EXPECT_EQ(authorization(signed_headers(call, signer_of(vector), text(vector, "payload_sha256"))),
              text(vector, "expected_authorization"));
  }
}

TEST(SigV4, PresignsUrlsAsOthersDo) {
  const json::array all = vectors("presigned");
  EXPECT_EQ(all.size(), 2u);
  for (const json::value& vector : all) {
    SCOPED_TRACE(text(vector, "source"));
    EXPECT_EQ(
        presigned_target(call_of(vector), signer_of(vector), static_cast<int>(vector.at("lifetime_s").as_int64())),
        text(vector, "expected_target"));
  }
}

}  // namespace
}  // namespace veleta::s3
