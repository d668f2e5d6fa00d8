#include "http_listener.hpp"

#include <gmock/gmock.h>
#include <atomic>
#include <thread>

#include "http_problem.hpp"
#include "test_client.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;
using testing::request_text;
using testing::Response;
using testing::TestClient;

/// Answers "METHOD path body"; /slow and /long wait until they are released, and /long says so before.
class Echo final : public HttpHandler {
 public:
  HttpReply serve(const HttpRequest& request) override {
    if (request.path == "/slow" || request.path == "/long") {
      ++slow_requests;
      while (!released && slow_requests > served_long) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (request.path == "/big") return {200, "text/plain", {}, std::string(20'000'000, 'x')};
    return {200, "text/plain", {{"X-Echo", "1"}}, request.method + " " + request.path + " " + request.body};
  }
  HttpLane admit(HttpRequest& request) override { return request.path == "/long" ? HttpLane::kSlow : HttpLane::kQuick; }
  HttpReply refuse(const HttpProblem& problem) override { return to_reply(problem, "id"); }

  std::atomic<int> slow_requests{0};
  std::atomic<int> served_long{0};  ///< so many are served without waiting
  std::atomic<bool> released{false};
};

class HttpListenerTest : public ::testing::Test {
 protected:
  ~HttpListenerTest() override { stop(); }

  uint16_t start(HttpLimits limits = {}, unsigned threads = 2) {
    listener = std::make_unique<HttpListener>("127.0.0.1", 0, echo, limits);
    thread = std::thread([this, threads] { listener->run(threads); });
    return listener->port();
  }
  void stop() {
    echo.released = true;
    if (!listener) return;
    listener->stop();
    if (thread.joinable()) thread.join();
  }

  Echo echo;
  std::unique_ptr<HttpListener> listener;
  std::thread thread;
};

TEST_F(HttpListenerTest, AnswersManyRequestsOverOneConnection) {
  TestClient client(start());
  for (int request = 0; request < 100; ++request) {
    const Response response = client.ask("POST", "/path?query=1", "body");
    ASSERT_EQ(response.status, 200);
    ASSERT_EQ(response.body, "POST /path body");
    ASSERT_EQ(response.headers.at("x-echo"), "1");
    ASSERT_THAT(response.headers.at("date"), ::testing::EndsWith(" GMT"));
  }
}

TEST_F(HttpListenerTest, AnswersPipelinedRequestsInOrder) {
  TestClient client(start());
  client.send(request_text("POST", "/1", "a") + request_text("GET", "/2") + request_text("POST", "/3", "c"));
  EXPECT_EQ(client.receive().body, "POST /1 a");
  EXPECT_EQ(client.receive().body, "GET /2 ");
  EXPECT_EQ(client.receive().body, "POST /3 c");
}

TEST_F(HttpListenerTest, AnswersARequestThatComesByteByByte) {
  TestClient client(start());
  for (const char byte : request_text("POST", "/slowly", "body")) client.send(std::string(1, byte));
  EXPECT_EQ(client.receive().body, "POST /slowly body");
}

TEST_F(HttpListenerTest, AnswersChunkedBodies) {
  TestClient client(start());
  client.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "POST /c abcde");
}

TEST_F(HttpListenerTest, AnswersAClientThatHasClosedItsHalf) {
  TestClient client(start());
  client.send(request_text("GET", "/half"));
  client.half_close();
  EXPECT_EQ(client.receive().body, "GET /half ");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpListenerTest, ClosesAfterAnHttp10RequestUnlessAskedToStay) {
  const uint16_t port = start();
  TestClient leaving(port);
  leaving.send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(leaving.receive().body, "GET /old ");
  EXPECT_TRUE(leaving.is_closed());
  TestClient staying(port);
  for (int request = 0; request < 2; ++request) {
    staying.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const Response response = staying.receive();
    EXPECT_EQ(response.body, "GET /old ");
    EXPECT_EQ(response.headers.at("connection"), "keep-alive");
  }
}

TEST_F(HttpListenerTest, ClosesWhenTheClientAsksForIt) {
  TestClient client(start());
  EXPECT_EQ(client.ask("GET", "/", "", "Connection: close\r\n").headers.at("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpListenerTest, AnswersHeadWithoutABody) {
  TestClient client(start());
  EXPECT_EQ(client.ask("HEAD", "/head").headers.at("content-length"),
            std::to_string(std::string("HEAD /head ").size()));
  EXPECT_EQ(client.ask("GET", "/next").body, "GET /next ");
}

TEST_F(HttpListenerTest, InvitesABodyThatIsAskedFor) {
  TestClient client(start());
  client.send("POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("body");
  EXPECT_EQ(client.receive().body, "POST /e body");
}

TEST_F(HttpListenerTest, KnowsNoExpectationsOfHttp10AndNoOtherOnes) {
  const uint16_t port = start();
  TestClient old(port);
  old.send("POST /e HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  old.send("body");
  EXPECT_EQ(old.receive().body, "POST /e body");
  TestClient other(port);
  other.send("POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: miracles\r\n\r\nbody");
  EXPECT_EQ(other.receive().status, 417);
}

TEST_F(HttpListenerTest, UnderstandsTheAbsoluteFormOfATarget) {
  TestClient client(start());
  EXPECT_EQ(client.ask("GET", "http://example.org/path?x=1").body, "GET /path ");
  EXPECT_EQ(client.ask("GET", "http://example.org").body, "GET / ");
  EXPECT_EQ(client.ask("GET", "/a?b=http://c/d").body, "GET /a ");
}

TEST_F(HttpListenerTest, RefusesAHeaderThatIsTooLong) {
  TestClient client(start());
  client.send("GET / HTTP/1.1\r\nX-Long: " + std::string(20'000, 'x') + "\r\n\r\n");
  const Response response = client.receive();
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpListenerTest, RefusesWhatIsTooLongBetweenTheChunksOfABody) {
  const uint16_t port = start();
  for (const std::string body : {"1;", "1\r\na\r\n0\r\nX: "}) {
    TestClient client(port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
    client.send(std::string(1'000'000, 'a'));
    EXPECT_EQ(client.receive().status, 431) << body;
    EXPECT_TRUE(client.is_closed()) << body;
  }
}

TEST_F(HttpListenerTest, RefusesABodyThatIsTooLongBeforeItComesAndAfter) {
  HttpLimits limits;
  limits.body_bytes = 1000;
  const uint16_t port = start(limits);
  EXPECT_EQ(TestClient(port).ask("POST", "/", std::string(1000, 'x')).status, 200);
  EXPECT_EQ(TestClient(port).ask("POST", "/", std::string(500'000, 'x')).status, 413);
  TestClient expecting(port);
  expecting.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(expecting.receive().status, 413);
  TestClient chunked(port);
  chunked.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + std::string(2048, 'x') +
               "\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
}

TEST_F(HttpListenerTest, RefusesWhatIsNotHttp) {
  const uint16_t port = start();
  for (const char* bytes : {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\x00\x01\r\n\r\n"}) {
    TestClient client(port);
    client.send(bytes);
    EXPECT_EQ(client.receive().status, 400) << bytes;
    EXPECT_TRUE(client.is_closed());
  }
}

TEST_F(HttpListenerTest, RefusesARequestWithoutOneHost) {
  const uint16_t port = start();
  for (const char* bytes : {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
    TestClient client(port);
    client.send(bytes);
    const Response response = client.receive();
    EXPECT_EQ(response.status, 400) << bytes;
    EXPECT_THAT(response.body, HasSubstr("Host"));
    EXPECT_TRUE(client.is_closed());
  }
}

TEST_F(HttpListenerTest, RefusesBodiesWhoseEndCanBeDoubted) {
  const uint16_t port = start();
  const std::string smuggled = request_text("GET", "/smuggled");
  for (const auto& [fields, status] : std::vector<std::pair<std::string, int>>{
           {"Transfer-Encoding: gzip\r\n\r\n", 501},
           {"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
           {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
           {"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
           {"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", 400},
           {"Content-Length: -1\r\n\r\n", 400},
           {"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400}}) {
    TestClient client(port);
    client.send("POST / HTTP/1.1\r\nHost: t\r\n" + fields + smuggled);
    EXPECT_EQ(client.receive().status, status) << fields;
    EXPECT_TRUE(client.is_closed()) << fields;
  }
}

TEST_F(HttpListenerTest, PassesOverEmptyLinesBetweenRequests) {
  TestClient client(start());
  client.send(request_text("POST", "/1", "a") + "\r\n" + request_text("POST", "/2", "b"));
  EXPECT_EQ(client.receive().body, "POST /1 a");
  EXPECT_EQ(client.receive().body, "POST /2 b");
}

TEST_F(HttpListenerTest, TurnsAwayClientsBeyondItsLimitUntilOneLeaves) {
  HttpLimits limits;
  limits.connections = 2;
  const uint16_t port = start(limits);
  auto first = std::make_unique<TestClient>(port);
  TestClient second(port);
  EXPECT_EQ(first->ask("GET", "/").status, 200);
  EXPECT_EQ(second.ask("GET", "/").status, 200);
  {
    TestClient third(port);
    const Response response = third.receive();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.headers.at("retry-after"), "1");
  }
  EXPECT_EQ(second.ask("GET", "/").status, 200);
  first.reset();
  while (testing::ask(port, "GET", "/").status != 200) std::this_thread::yield();
}

TEST_F(HttpListenerTest, OutlivesClientsThatVanishAtEachByte) {
  const uint16_t port = start();
  const std::string request = request_text("POST", "/x", "body");
  for (size_t length = 0; length <= request.size(); ++length) {
    TestClient client(port);
    client.send(request.substr(0, length));
    client.vanish();
  }
  TestClient leaving(port);
  leaving.send(request_text("GET", "/big"));
  leaving.vanish();
  EXPECT_EQ(testing::ask(port, "GET", "/after").status, 200);
}

TEST_F(HttpListenerTest, ClosesConnectionsThatTakeTooLong) {
  HttpLimits limits;
  limits.idle_time = limits.header_time = limits.body_time = std::chrono::milliseconds(50);
  const uint16_t port = start(limits);
  TestClient idle(port), header(port), body(port);
  header.send("GET / HT");
  body.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(header.is_closed());
  EXPECT_TRUE(body.is_closed());
}

TEST_F(HttpListenerTest, LimitsEachWaitByItsOwnTime) {
  HttpLimits limits;
  limits.header_time = std::chrono::milliseconds(50);
  const uint16_t port = start(limits);
  TestClient idle(port), header(port);
  EXPECT_EQ(idle.ask("GET", "/").status, 200);
  EXPECT_EQ(header.ask("GET", "/").status, 200);
  header.send("GET / HT");
  EXPECT_TRUE(header.is_closed());
  EXPECT_EQ(idle.ask("GET", "/again").body, "GET /again ");
}

TEST_F(HttpListenerTest, DoesNotLimitItsOwnTime) {
  HttpLimits limits;
  limits.idle_time = limits.header_time = limits.body_time = limits.write_time = std::chrono::milliseconds(50);
  TestClient client(start(limits));
  client.send(request_text("GET", "/long"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  echo.released = true;
  EXPECT_EQ(client.receive().body, "GET /long ");
  EXPECT_TRUE(client.is_closed()) << "once it is idle again";
}

TEST_F(HttpListenerTest, GivesUpOnAClientThatDoesNotReadItsReply) {
  HttpLimits limits;
  limits.write_time = std::chrono::milliseconds(50);
  TestClient client(start(limits));
  client.send(request_text("GET", "/big"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(client.receive().status, 0) << "cut short";
}

TEST_F(HttpListenerTest, SendsTheRestOfALongReplyAsTheClientReadsIt) {
  TestClient client(start());
  for (int request = 0; request < 2; ++request) {
    const Response response = client.ask("GET", "/big");
    EXPECT_EQ(response.headers.at("content-length"), "20000000");
    EXPECT_EQ(response.body, std::string(20'000'000, 'x'));
  }
  EXPECT_EQ(client.ask("GET", "/next").body, "GET /next ");
}

TEST_F(HttpListenerTest, ServesOthersBesideSlowClients) {
  const uint16_t port = start();
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int client = 0; client < 50; ++client) {
    slow.push_back(std::make_unique<TestClient>(port));
    slow.back()->send("POST / HTTP/1.1\r\nContent-");
  }
  EXPECT_EQ(testing::ask(port, "GET", "/quick").status, 200);
}

TEST_F(HttpListenerTest, ServesOthersBesideARequestThatTakesLong) {
  const uint16_t port = start({}, 1);
  TestClient patient(port);
  patient.send(request_text("POST", "/long"));
  while (echo.slow_requests == 0) std::this_thread::yield();
  EXPECT_EQ(testing::ask(port, "GET", "/quick").status, 200);
  echo.released = true;
  EXPECT_EQ(patient.receive().body, "POST /long ");
  EXPECT_EQ(patient.ask("GET", "/next").body, "GET /next ");
}

TEST_F(HttpListenerTest, SendsTheReplyOfALongRequestBeforeTheNextOneIsServed) {
  const uint16_t port = start();
  TestClient first(port), second(port);
  echo.served_long = 1;  // the next one waits
  first.send(request_text("GET", "/long"));
  second.send(request_text("GET", "/long"));
  EXPECT_EQ(first.receive().body, "GET /long ");
  echo.released = true;
  EXPECT_EQ(second.receive().body, "GET /long ");
}

TEST_F(HttpListenerTest, FinishesTheRequestInFlightWhenItStops) {
  const uint16_t port = start();
  TestClient busy(port), idle(port);
  EXPECT_EQ(idle.ask("GET", "/").status, 200);
  busy.send(request_text("GET", "/slow"));
  while (echo.slow_requests == 0) std::this_thread::yield();
  listener->stop();
  EXPECT_TRUE(idle.is_closed());
  EXPECT_THROW(
      for (;;) { TestClient another(port); }, std::runtime_error)
      << "no new connections";
  echo.released = true;
  const Response response = busy.receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_TRUE(busy.is_closed());
  thread.join();
}

TEST_F(HttpListenerTest, StopsInTimeWhateverItsClientsDo) {
  HttpLimits limits;
  limits.drain_time = std::chrono::milliseconds(50);
  const uint16_t port = start(limits);
  TestClient stuck(port);
  stuck.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n");
  EXPECT_EQ(testing::ask(port, "GET", "/").status, 200);
  listener->stop();
  EXPECT_TRUE(stuck.is_closed());
  thread.join();
}

TEST_F(HttpListenerTest, StopsBeforeItRuns) {
  HttpListener early("127.0.0.1", 0, echo, {});
  early.stop();
  early.run(1);
}

TEST_F(HttpListenerTest, NamesTheAddressThatItCannotHave) {
  const uint16_t taken = start();
  try {
    HttpListener second("127.0.0.1", taken, echo, {});
    FAIL() << "bound twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(taken)));
  }
}

}  // namespace
}  // namespace veleta
