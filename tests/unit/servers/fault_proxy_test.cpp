#include "servers/fault_proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <stdexcept>

#include "http/client.hpp"
#include "servers/scripted_server.hpp"
#include "servers/thrown.hpp"

namespace veleta::testing {
namespace {

using Kind = Fault::Kind;
using ::testing::ElementsAre;

/// A client before the proxy before a server that says how many requests it has seen.
class HttpFaults : public ::testing::Test {
 protected:
  http::Response post(const std::string& target = "/", const std::string& body = "0123456789") {
    return client_.send({.method = "POST", .url = proxy_.url() + target, .body = body, .on_new_connection = true});
  }
  /// What the proxy's client meets in the next exchange.
  ErrorCode failure(const std::string& target = "/") {
    return thrown_by([&] { post(target); }).code;
  }
  int seen() const { return static_cast<int>(server_.requests().size()); }

  ScriptedServer server_{[](const HttpMessage& request) {
    return http_answer(200, request.method + " " + request.body, "X-Server: real\r\n");
  }};
  FaultProxy proxy_{server_.url()};
  http::Client client_{{.timeout_s = 20}};
};

TEST_F(HttpFaults, WithoutAPlanAllPasses) {
  const http::Response response = post("/path?q=1");
  EXPECT_EQ(response.body, "POST 0123456789");
  EXPECT_EQ(response.header("x-server"), "real");
  EXPECT_EQ(server_.requests().at(0).target, "/path?q=1");
  EXPECT_EQ(proxy_.counts().exchanges, 1);
  EXPECT_EQ(proxy_.counts().faults, 0);
  EXPECT_THAT(proxy_.requests(), ElementsAre("POST /path?q=1 HTTP/1.1"));
}

TEST_F(HttpFaults, AConnectionCarriesManyExchanges) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client_.send({.url = proxy_.url()}).body, "GET ");
  EXPECT_EQ(proxy_.counts().connections, 1);
  EXPECT_EQ(proxy_.counts().exchanges, 3);
  EXPECT_EQ(server_.connection_count(), 1);
}

TEST_F(HttpFaults, ARequestCutBeforeItOrWithinItIsNeverSeenWhole) {
  proxy_.plan({.kind = Kind::kCutBeforeRequest});
  EXPECT_EQ(failure(), ErrorCode::kPeerFailed);
  proxy_.clear_plans();
  proxy_.plan({.kind = Kind::kCutInRequest, .byte_count = 30});
  EXPECT_EQ(failure(), ErrorCode::kPeerFailed);
  EXPECT_EQ(seen(), 0);
  EXPECT_EQ(post().body, "POST 0123456789");
  EXPECT_EQ(proxy_.counts().faults, 2);
}

TEST_F(HttpFaults, AnAnswerCutBeforeItOrWithinItIsOfWhatWasDone) {
  proxy_.plan({.kind = Kind::kCutBeforeAnswer});
  proxy_.plan({.kind = Kind::kCutInAnswer, .byte_count = 60}, 2);
  EXPECT_EQ(failure(), ErrorCode::kPeerFailed);
  EXPECT_EQ(seen(), 1);
  EXPECT_EQ(failure(), ErrorCode::kPeerFailed);
  EXPECT_EQ(seen(), 2);
}

TEST_F(HttpFaults, TheProxysOwnAnswersComeBeforeOrInsteadOfTheServers) {
  proxy_.plan({.kind = Kind::kAnswer, .status = 503, .headers = "Retry-After: 7\r\n"});
  proxy_.plan({.kind = Kind::kAnswerInstead, .status = 500}, 2);
  const http::Response response = post();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("retry-after"), "7");
  EXPECT_EQ(seen(), 0);
  EXPECT_EQ(post().status, 500);
  EXPECT_EQ(seen(), 1);
  EXPECT_EQ(post().status, 200);
}

TEST_F(HttpFaults, AnExchangeThatStallsEndsWithItsClient) {
  proxy_.plan({.kind = Kind::kStall});
  http::Client impatient({.timeout_s = 0.1});
  EXPECT_EQ(thrown_by([&] { impatient.send({.url = proxy_.url()}); }).code, ErrorCode::kTimeout);
  EXPECT_EQ(seen(), 0);
}

TEST_F(HttpFaults, ADelayedRequestComesLate) {
  proxy_.plan({.kind = Kind::kDelay, .delay_s = 0.05});
  EXPECT_EQ(post().status, 200);
  EXPECT_EQ(proxy_.counts().faults, 1);
}

TEST_F(HttpFaults, APlanCountsTheExchangesThatHoldItsText) {
  proxy_.plan({.kind = Kind::kAnswer, .status = 429}, 2, 2, "/create");
  std::vector<int> statuses;
  for (const char* target : {"/create", "/other", "/create", "/other", "/create", "/create"})
    statuses.push_back(post(target).status);
  EXPECT_THAT(statuses, ElementsAre(200, 200, 429, 200, 429, 200));
}

TEST_F(HttpFaults, ATextMayBeOfTheBody) {
  proxy_.plan({.kind = Kind::kAnswer, .status = 429}, 1, 1, "needle");
  EXPECT_EQ(post("/", "hay").status, 200);
  EXPECT_EQ(post("/", "hay needle hay").status, 429);
}

TEST_F(HttpFaults, WhileItIsDownNobodyListens) {
  proxy_.down();
  EXPECT_EQ(failure(), ErrorCode::kUnavailable);
  proxy_.up();
  EXPECT_EQ(post().status, 200);
}

TEST_F(HttpFaults, AnswersToHeadHaveNoBody) {
  proxy_.plan({.kind = Kind::kAnswer, .status = 503});
  EXPECT_EQ(client_.send({.method = "HEAD", .url = proxy_.url()}).status, 503);
  EXPECT_EQ(client_.send({.url = proxy_.url()}).status, 200);
}

TEST_F(HttpFaults, AServerThatIsAwayLooksLikeALostConnection) {
  uint16_t port = 0;
  {
    const Listener listener;
    port = listener.port();
  }
  FaultProxy proxy("http://127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(thrown_by([&] { client_.send({.url = proxy.url()}); }).code, ErrorCode::kPeerFailed);
}

/// A server that answers each four bytes with the same in upper case: what takes turns and is not HTTP.
class ByteFaults : public ::testing::Test {
 protected:
  ByteFaults()
      : thread_([this] {
          for (;;) {
            const Socket client = listener_.accept();
            if (client.descriptor() < 0) return;
            for (std::string bytes; client.read_some(bytes); bytes.clear()) {
              seen_bytes_ += static_cast<int>(bytes.size());
              for (char& c : bytes) c = static_cast<char>(std::toupper(c));
              client.write(bytes);
            }
          }
        }) {}
  ~ByteFaults() override {
    proxy_.down();
    listener_.shut_down();
    thread_.join();
  }

  /// What comes back, up to `size` bytes or the connection's end.
  static std::string ask(const Socket& socket, const std::string& bytes, size_t size = 4) {
    std::string answer;
    if (!socket.write(bytes)) return answer;
    while (answer.size() < size && socket.read_some(answer)) {
    }
    return answer;
  }
  Socket connect() const { return Socket::connect("127.0.0.1", port_of(proxy_.url())); }
  static uint16_t port_of(const std::string& url) {
    return static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  Listener listener_;
  std::atomic<int> seen_bytes_ = 0;
  std::thread thread_;
  FaultProxy proxy_{"postgresql://user:password@127.0.0.1:" + std::to_string(listener_.port()) + "/base"};
};

TEST_F(ByteFaults, TheUrlIsTheServersButForThePort) {
  EXPECT_THAT(proxy_.url(), ::testing::MatchesRegex("postgresql://user:password@127.0.0.1:[0-9]+/base"));
}

TEST_F(ByteFaults, AnExchangeBeginsAfterTheServerHasSpoken) {
  const Socket socket = connect();
  EXPECT_EQ(ask(socket, "abcd"), "ABCD");
  EXPECT_EQ(ask(socket, "efgh"), "EFGH");
  EXPECT_EQ(proxy_.counts().exchanges, 2);
  EXPECT_THAT(proxy_.requests(), ElementsAre("abcd", "efgh"));
}

TEST_F(ByteFaults, CutsWhereItIsPlanned) {
  proxy_.plan({.kind = Kind::kCutBeforeRequest}, 1, 1, "before");
  proxy_.plan({.kind = Kind::kCutInRequest, .byte_count = 2}, 1, 1, "within");
  proxy_.plan({.kind = Kind::kCutBeforeAnswer}, 1, 1, "answer");
  proxy_.plan({.kind = Kind::kCutInAnswer, .byte_count = 3}, 1, 1, "short");
  EXPECT_EQ(ask(connect(), "before"), "");
  EXPECT_EQ(seen_bytes_, 0);
  EXPECT_EQ(ask(connect(), "within"), "");
  EXPECT_EQ(ask(connect(), "answer"), "");
  EXPECT_EQ(seen_bytes_, 8);
  EXPECT_EQ(ask(connect(), "short"), "SHO");
  EXPECT_EQ(ask(connect(), "after", 5), "AFTER");
  EXPECT_EQ(proxy_.counts().faults, 4);
}

TEST_F(ByteFaults, GoingDownCutsWhatIsConnected) {
  const Socket socket = connect();
  EXPECT_EQ(ask(socket, "abcd"), "ABCD");
  proxy_.down();
  EXPECT_EQ(ask(socket, "abcd"), "");
  EXPECT_THROW(connect(), std::runtime_error);
  proxy_.up();
  EXPECT_EQ(ask(connect(), "abcd"), "ABCD");
}

TEST_F(ByteFaults, OnlyOfHttpCanTheProxyMakeAnAnswer) {
  EXPECT_THROW(proxy_.plan({.kind = Kind::kAnswer, .status = 500}), std::invalid_argument);
}

}  // namespace
}  // namespace veleta::testing
