#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "s3/signature.hpp"
#include "s3_server.hpp"

// What real servers ask of a signer: that ours does it by itself is worth something only where they refuse the rest.

namespace veleta::s3 {
namespace {

class SignedRequests : public ::testing::Test {
 protected:
  SignedRequests() {
    call_.host = endpoint_.substr(endpoint_.find("://") + 3);
    call_.path = "/" + new_bucket() + "/key";
  }

  http::Headers headers(const std::string& payload_sha256) const {
    return signed_headers(call_, {server_settings().credentials, "us-east-1", now_ms()}, payload_sha256);
  }
  int status(const std::string& target, const http::Headers& headers, std::string_view body = "") {
    return client_.send({.method = call_.method, .url = endpoint_ + target, .headers = headers, .body = body}).status;
  }

  const std::string endpoint_ = server_settings().endpoint;
  http::Client client_{{}};
  Call call_;
};

TEST_F(SignedRequests, TellTheBodysHashOrThatTheyDoNot) {
  call_.method = "PUT";
  EXPECT_EQ(status(call_.path, headers(sha256("bytes")), "bytes"), 200);
  EXPECT_EQ(status(call_.path, headers("UNSIGNED-PAYLOAD"), "bytes"), 200);
  EXPECT_EQ(status(call_.path, headers(sha256("other bytes")), "bytes"), 400);
  http::Headers without = headers(sha256("bytes"));
  std::erase_if(without, [](const auto& header) { return header.first == "X-Amz-Content-Sha256"; });
  EXPECT_GE(status(call_.path, without, "bytes"), 400);
}

TEST_F(SignedRequests, AreForTheirPathAlone) {
  call_.method = "PUT";
  const http::Headers of_key = headers(sha256("bytes"));
  EXPECT_EQ(status(call_.path + "2", of_key, "bytes"), 403);
  call_.path += " +";
  EXPECT_EQ(status(request_target(call_), headers(sha256("bytes")), "bytes"), 200);
}

TEST_F(SignedRequests, HaveASortedAndEncodedQuery) {
  call_.path = call_.path.substr(0, call_.path.rfind('/'));
  call_.query = {{"prefix", "a/b"}, {"list-type", "2"}, {"delimiter", ""}};
  EXPECT_EQ(status(request_target(call_), headers(sha256(""))), 200);
  EXPECT_EQ(status(call_.path + "?delimiter=&list-type=2&prefix=other", headers(sha256(""))), 403);
}

TEST_F(SignedRequests, AreForTheirTimeAlone) {
  const Signer yesterday{server_settings().credentials, "us-east-1", now_ms() - 24 * 3600 * 1000};
  EXPECT_EQ(status(call_.path, signed_headers(call_, yesterday, sha256(""))), 403);
}

}  // namespace
}  // namespace veleta::s3
