#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <thread>

#include "http/client.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/scripted_server.hpp"
#include "servers/thrown.hpp"

namespace veleta::http {
namespace {

using testing::FaultProxy;
using testing::http_answer;
using testing::HttpMessage;
using testing::ScriptedServer;
using testing::thrown_by;

Retry quick(int tries, bool is_repeatable = true) {
  Retry retry;
  retry.tries = tries;
  retry.first_pause_s = 0.001;
  retry.longest_pause_s = 0.002;
  retry.is_repeatable = is_repeatable;
  return retry;
}

/// Answers `status` so many times, and 200 after that.
class FailingServer {
 public:
  FailingServer(int status, int times, std::string headers = "")
      : server_([this, status, times, headers](const HttpMessage&) {
          return ++seen_ <= times ? http_answer(status, "", headers) : http_answer(200, "right");
        }) {}

  Response send(const Retry& retry, const std::string& method = "POST") {
    return http::send(client_, {.method = method, .url = server_.url()}, retry);
  }
  int seen() const { return seen_; }

 private:
  std::atomic<int> seen_ = 0;
  ScriptedServer server_;
  Client client_{{}};
};

TEST(HttpRetry, TriesAgainWhatMayPassByItself) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    FailingServer server(status, 2);
    EXPECT_EQ(server.send(quick(5)).body, "right") << status;
    EXPECT_EQ(server.seen(), 3) << status;
  }
}

TEST(HttpRetry, TakesOtherStatusesForFinal) {
  for (const int status : {302, 400, 401, 403, 404, 405, 409, 412, 501}) {
    FailingServer server(status, 2);
    EXPECT_EQ(server.send(quick(5)).status, status);
    EXPECT_EQ(server.seen(), 1) << status;
  }
}

TEST(HttpRetry, ReturnsTheLastAnswerWhereTriesEnd) {
  FailingServer server(503, 100);
  EXPECT_EQ(server.send(quick(4)).status, 503);
  EXPECT_EQ(server.seen(), 4);
}

TEST(HttpRetry, TheCallerMaySayWhatPasses) {
  FailingServer server(404, 2);
  Retry retry = quick(5);
  retry.may_pass = [](const Response& response) { return response.status == 404; };
  EXPECT_EQ(server.send(retry).body, "right");
}

TEST(HttpRetry, WhatMustNotBeRepeatedIsSentAgainOnlyWhereTheServerDidNothing) {
  for (const int status : {429, 503}) {
    FailingServer server(status, 2);
    EXPECT_EQ(server.send(quick(5, false)).body, "right") << status;
  }
  for (const int status : {408, 500, 502, 504}) {
    FailingServer server(status, 2);
    EXPECT_EQ(server.send(quick(5, false)).status, status);
    EXPECT_EQ(server.seen(), 1) << status;
  }
}

TEST(HttpRetry, ALostConnectionIsTriedAgainOnlyWhereRepeatingDoesNoHarm) {
  for (const bool is_repeatable : {true, false}) {
    std::atomic<int> seen = 0;
    ScriptedServer server([&](const HttpMessage&) { return ++seen <= 2 ? "" : http_answer(200, "right"); });
    Client client({});
    const auto send = [&] {
      return http::send(client, {.method = "POST", .url = server.url()}, quick(5, is_repeatable));
    };
    if (is_repeatable)
      EXPECT_EQ(send().body, "right");
    else
      EXPECT_EQ(thrown_by(send).code, ErrorCode::kPeerFailed);
    EXPECT_EQ(seen, is_repeatable ? 3 : 1);
  }
}

/// libcurl sends again by itself what it sent over a kept connection that then turns out to be closed.
TEST(HttpRetry, ALostKeptConnectionDoesNotRepeatWhatMustNotBe) {
  std::atomic<int> seen = 0;
  ScriptedServer server([&](const HttpMessage& request) {
    if (request.target == "/warm-up") return http_answer(200);
    ++seen;
    return std::string();
  });
  Client client({});
  client.send({.url = server.url() + "/warm-up"});
  const auto send = [&] { http::send(client, {.method = "POST", .url = server.url() + "/create"}, quick(5, false)); };
  EXPECT_EQ(thrown_by(send).code, ErrorCode::kPeerFailed);
  EXPECT_EQ(seen, 1);
}

TEST(HttpRetry, AServerThatIsNotReachedIsTriedAgainAlwaysAsNothingWasSent) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200, "right"); });
  FaultProxy proxy(server.url());
  proxy.down();
  std::jthread starter([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    proxy.up();
  });
  Client client({});
  EXPECT_EQ(http::send(client, {.method = "POST", .url = proxy.url()}, quick(100'000, false)).body, "right");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpRetry, WhatIsWrongByItselfIsNotTriedAgain) {
  Client client({});
  Retry retry = quick(1'000'000'000);
  EXPECT_EQ(thrown_by([&] { http::send(client, {.url = "no-scheme://x"}, retry); }).code, ErrorCode::kInvalidArgument);
}

TEST(HttpRetry, AServerThatAsksForALongPauseIsNotAskedAgain) {
  for (const char* pause : {"3600", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    FailingServer server(503, 2, "Retry-After: " + std::string(pause) + "\r\n");
    EXPECT_EQ(server.send(quick(5)).status, 503);
    EXPECT_EQ(server.seen(), 1);
  }
}

TEST(HttpRetry, AServerThatAsksForNoPauseOrForNonsenseIsAskedAgain) {
  for (const char* pause : {"0", "Fri, 31 Dec 1999 23:59:59 GMT", "soon", "-5", "", "99999999999999999999"}) {
    FailingServer server(429, 2, "Retry-After: " + std::string(pause) + "\r\n");
    EXPECT_EQ(server.send(quick(5)).body, "right") << pause;
  }
}

}  // namespace
}  // namespace veleta::http
