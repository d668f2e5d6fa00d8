#include "http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <thread>
#include <vector>

#include "servers/fault_proxy.hpp"
#include "servers/scripted_server.hpp"
#include "servers/thrown.hpp"

namespace veleta::http {
namespace {

using testing::FaultProxy;
using ::testing::HasSubstr;
using testing::http_answer;
using testing::HttpMessage;
using testing::Listener;
using ::testing::Not;
using testing::ScriptedServer;
using testing::Thrown;
using testing::thrown_by;

/// The request's first line and headers.
std::string head(const HttpMessage& request) { return request.bytes.substr(0, request.bytes.find("\r\n\r\n") + 2); }

TEST(HttpClient, SendsMethodTargetHeadersAndBodyAsTheyAre) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  Client client({});
  Request request;
  request.method = "PUT";
  request.url = server.url() + "/a%20b/../c?x=1&y=";
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}};
  request.body = std::string_view("a\0b", 3);
  client.send(request);
  const HttpMessage seen = server.requests().at(0);
  EXPECT_THAT(head(seen), ::testing::StartsWith("PUT /a%20b/../c?x=1&y= HTTP/1.1\r\n"));
  EXPECT_THAT(head(seen), HasSubstr("\r\nX-One: 1\r\n"));
  EXPECT_THAT(head(seen), HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(head(seen), HasSubstr("\r\nContent-Length: 3\r\n"));
  for (const char* unwanted : {"Expect:", "Content-Type:", "Transfer-Encoding:"})
    EXPECT_THAT(head(seen), Not(HasSubstr(unwanted)));
  EXPECT_EQ(seen.body, std::string("a\0b", 3));
}

TEST(HttpClient, APostWithoutABodyTellsItsLength) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  Client client({});
  Request request;
  request.method = "POST";
  request.url = server.url();
  client.send(request);
  EXPECT_THAT(head(server.requests().at(0)), HasSubstr("\r\nContent-Length: 0\r\n"));
}

TEST(HttpClient, ReturnsAnswersOfEveryStatus) {
  ScriptedServer server([](const HttpMessage& request) {
    return http_answer(std::stoi(request.target.substr(1)), "told", "X-Mixed-Case:  some value \r\n");
  });
  Client client({});
  for (const int status : {200, 201, 400, 401, 404, 409, 412, 429, 500, 503}) {
    const Response response = client.send({.url = server.url() + "/" + std::to_string(status)});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.is_success(), status < 300);
    EXPECT_EQ(response.body, "told");
    EXPECT_EQ(response.header("x-mixed-case"), "some value");
    EXPECT_EQ(response.header("x-missing"), "");
  }
}

TEST(HttpClient, DoesNotFollowRedirects) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(302, "", "Location: /elsewhere\r\n"); });
  Client client({});
  const Response response = client.send({.url = server.url() + "/here"});
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.header("location"), "/elsewhere");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpClient, ReadsTheHeadersOfTheLastAnswerAlone) {
  ScriptedServer server([](const HttpMessage&) {
    return "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + http_answer(200, "body", "X-Late: 1\r\n");
  });
  Client client({});
  const Response response = client.send({.url = server.url()});
  EXPECT_EQ(response.header("x-early"), "");
  EXPECT_EQ(response.header("x-late"), "1");
  EXPECT_EQ(response.body, "body");
}

TEST(HttpClient, AHeadRequestsAnswerHasNoBodyAndTheNextRequestIsAsIfThereHadBeenNone) {
  ScriptedServer server([](const HttpMessage& request) {
    const std::string answer = http_answer(200, "12345");
    return request.method == "HEAD" ? answer.substr(0, answer.size() - 5) : answer;
  });
  Client client({});
  const Response response = client.send({.method = "HEAD", .url = server.url()});
  EXPECT_EQ(response.header("content-length"), "5");
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(client.send({.url = server.url()}).body, "12345");
  EXPECT_EQ(client.send({.method = "DELETE", .url = server.url()}).body, "12345");
  EXPECT_EQ(server.connection_count(), 1);
  EXPECT_THAT(server.requests().at(2).bytes, ::testing::StartsWith("DELETE / HTTP/1.1\r\n"));
}

TEST(HttpClient, CarriesLargeBodiesBothWays) {
  ScriptedServer server([](const HttpMessage& request) { return http_answer(200, request.body); });
  Client client({});
  std::string body(5'000'000, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7919 >> 3);
  EXPECT_TRUE(client.send({.method = "POST", .url = server.url(), .body = body}).body == body);
}

TEST(HttpClient, KeepsItsConnectionUnlessANewOneIsAskedFor) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  Client client({});
  for (int i = 0; i < 5; ++i) client.send({.url = server.url()});
  EXPECT_EQ(server.connection_count(), 1);
  client.send({.url = server.url(), .on_new_connection = true});
  EXPECT_EQ(server.connection_count(), 2);
}

TEST(HttpClient, ManyThreadsShareAClient) {
  ScriptedServer server([](const HttpMessage& request) { return http_answer(200, request.body); });
  Client client({});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string body = std::to_string(i * 100 + j);
        EXPECT_EQ(client.send({.method = "POST", .url = server.url(), .body = body}).body, body);
      }
    });
  threads.clear();
  EXPECT_EQ(server.requests().size(), 80u);
}

TEST(HttpClient, TellsAConnectionThatIsLostMidway) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200, std::string(100, 'x')); });
  for (const size_t byte_count : {0u, 10u, 30u, 100u}) {
    FaultProxy proxy(server.url());
    proxy.plan({.kind = testing::Fault::Kind::kCutInAnswer, .byte_count = byte_count});
    Client client({});
    const Thrown thrown = thrown_by([&] { client.send({.url = proxy.url() + "/path"}); });
    EXPECT_EQ(thrown.code, ErrorCode::kPeerFailed) << byte_count;
    EXPECT_THAT(thrown.message, HasSubstr("GET " + proxy.url() + "/path"));
  }
}

TEST(HttpClient, TellsAnAnswerThatIsTooLong) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200, std::string(1001, 'x')); });
  Client client({.max_body_bytes = 1000});
  const Thrown thrown = thrown_by([&] { client.send({.url = server.url()}); });
  EXPECT_EQ(thrown.code, ErrorCode::kPeerFailed);
  EXPECT_THAT(thrown.message, HasSubstr("more than 1000 bytes"));
}

TEST(HttpClient, TakesAnAnswerOfExactlyTheMostBytes) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200, std::string(1000, 'x')); });
  Client client({.max_body_bytes = 1000});
  EXPECT_EQ(client.send({.url = server.url()}).body.size(), 1000u);
}

TEST(HttpClient, TellsHeadersThatAreTooLong) {
  std::string lines;
  for (int i = 0; i < 300; ++i) lines += "X-Long: " + std::string(1000, 'x') + "\r\n";
  ScriptedServer server([&](const HttpMessage&) { return http_answer(200, "", lines); });
  Client client({});
  EXPECT_EQ(thrown_by([&] { client.send({.url = server.url()}); }).code, ErrorCode::kPeerFailed);
}

TEST(HttpClient, TellsAServerThatIsNotReached) {
  uint16_t port = 0;
  {
    const Listener listener;
    port = listener.port();
  }
  Client client({});
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  const Thrown thrown = thrown_by([&] { client.send({.url = url}); });
  EXPECT_EQ(thrown.code, ErrorCode::kUnavailable);
  EXPECT_THAT(thrown.message, HasSubstr(url));
}

TEST(HttpClient, TellsAnAnswerThatDoesNotCome) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  FaultProxy proxy(server.url());
  proxy.plan({.kind = testing::Fault::Kind::kStall});
  Client client({.timeout_s = 0.2});
  EXPECT_EQ(thrown_by([&] { client.send({.url = proxy.url()}); }).code, ErrorCode::kTimeout);
}

TEST(HttpClient, TellsATransferThatStalls) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  FaultProxy proxy(server.url());
  proxy.plan({.kind = testing::Fault::Kind::kStall});
  Client client({.timeout_s = 0, .stall_timeout_s = 1});
  EXPECT_EQ(thrown_by([&] { client.send({.url = proxy.url()}); }).code, ErrorCode::kTimeout);
}

TEST(HttpClient, RefusesWhatIsNoUrlOfHttp) {
  Client client({});
  for (const char* url : {"", "ftp://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1:x/", "http://a b/"})
    EXPECT_EQ(thrown_by([&] { client.send({.url = url}); }).code, ErrorCode::kInvalidArgument) << url;
}

TEST(HttpClient, NothingBreaksOutOfAHeaderOrAMethod) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  Client client({});
  const std::string breakout = "secret\r\nX-Injected: 1";
  for (const Headers& headers :
       {Headers{{"X-One", breakout}}, Headers{{"X-One", "secret\nX"}}, Headers{{"X-One", std::string("secret\0", 7)}},
        Headers{{"X-One: 1\r\nX-Two", "2"}}, Headers{{"", "value"}}, Headers{{"X One", "value"}}}) {
    const Thrown thrown = thrown_by([&] { client.send({.url = server.url(), .headers = headers}); });
    EXPECT_EQ(thrown.code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(thrown.message, Not(HasSubstr("secret")));
  }
  const Thrown thrown = thrown_by([&] { client.send({.method = "GET / HTTP/1.1\r\nX:", .url = server.url()}); });
  EXPECT_EQ(thrown.code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, MessagesHoldNoSecrets) {
  ScriptedServer server([](const HttpMessage&) { return std::string(); });
  Client client({});
  const std::string address = server.url().substr(7);
  const Thrown thrown = thrown_by([&] {
    client.send({.method = "PUT",
                 .url = "http://user:hidden1@" + address + "/key?X-Amz-Signature=hidden2#hidden3",
                 .headers = {{"Authorization", "Bearer hidden4"}},
                 .body = "hidden5"});
  });
  EXPECT_THAT(thrown.message, HasSubstr("PUT http://" + address + "/key"));
  EXPECT_THAT(thrown.message, Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace veleta::http
