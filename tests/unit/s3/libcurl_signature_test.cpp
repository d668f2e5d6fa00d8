#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ctime>
#include <memory>

#include "scripted_bucket.hpp"

namespace veleta::s3 {
namespace {

using testing::http_answer;
using testing::HttpMessage;
using testing::ScriptedServer;

/// What libcurl's own signer sends; it signs query and path as they are given.
HttpMessage sent_by_libcurl(const std::string& target) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  curl_slist* headers = curl_slist_append(
      nullptr, "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  curl_easy_setopt(curl.get(), CURLOPT_URL, (server.url() + target).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl.get(), CURLOPT_AWS_SIGV4, "aws:amz:eu-south-2:s3");
  curl_easy_setopt(curl.get(), CURLOPT_USERPWD, "the-id:the-secret");
  curl_easy_perform(curl.get());
  curl_slist_free_all(headers);
  return server.requests().at(0);
}

/// "20261124T100356Z"
int64_t time_ms(const std::string& text) {
  std::tm time{};
  strptime(text.c_str(), "%Y%m%dT%H%M%SZ", &time);
  return int64_t{timegm(&time)} * 1000;
}

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

TEST(Signature, IsTheSameAsLibcurls) {
  for (const std::string target : {"/bucket/ab/key.zst", "/bucket/a%20b", "/bucket?list-type=2&prefix=a%2Fb"}) {
    const HttpMessage sent = sent_by_libcurl(target);
    Call call;
    call.host = header_of(sent, "Host");
    call.path = target.starts_with("/bucket/a%20b") ? "/bucket/a b" : target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) call.query = {{"prefix", "a/b"}, {"list-type", "2"}};
    ASSERT_EQ(request_target(call), target);
    const Signer signer{{"the-id", "the-secret", ""}, "eu-south-2", time_ms(header_of(sent, "X-Amz-Date"))};
    const http::Headers headers =
        signed_headers(call, signer, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(without_blanks(headers.back().second), without_blanks(header_of(sent, "Authorization"))) << target;
  }
}

}  // namespace
}  // namespace veleta::s3
