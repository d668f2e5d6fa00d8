#include <gmock/gmock.h>
#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "http_listener.hpp"
#include "http_problem.hpp"
#include "test_client.hpp"

// Replies that are not sent at once: long polls, delays, streams.

namespace veleta {
namespace {

using ::testing::HasSubstr;
using testing::request_text;
using testing::Response;
using testing::TestClient;
using namespace std::chrono_literals;

/// Holds GET /wait back until the state is "done" or the request must be answered, for a minute or, at /briefly, for a
/// moment; streams the states at /stream.
class Waiting final : public HttpHandler {
 public:
  HttpLane admit(HttpRequest& request) override {
    return request.path == "/plain" ? HttpLane::kQuick : HttpLane::kStore;
  }

  HttpReply serve(const HttpRequest& request) override {
    if (request.path == "/204") return {204, "text/plain", {}, "no body may follow"};
    if (request.path == "/304") return {304, "text/plain", {{"ETag", "\"1\""}}, "no body may follow"};
    if (request.path == "/reason") return {422, "text/plain", {}, "", request.body};
    if (request.path == "/refused") return {401, "text/plain", {}, "no", "", 60s};
    if (request.path == "/refused-briefly") return {401, "text/plain", {}, "no", "", 20ms};
    if (request.path == "/stream") return stream();
    if (request.path == "/plain") return {200, "text/plain", {}, "plain"};
    ++asked;
    const std::string now = state();
    HttpReply reply{200, "text/plain", {}, now};
    if (now != "done") reply.hold = hold(request.path == "/briefly" ? request.arrived + 20ms : request.arrived + 60s);
    return reply;
  }
  HttpReply refuse(const HttpProblem& problem) override { return to_reply(problem, "id"); }

  void set(const std::string& state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    for (const auto& wake : waiting_) wake();
  }
  size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void await(size_t count) {
    while (waiting() != count) std::this_thread::yield();
  }

  std::atomic<int> asked{0};

 private:
  std::string state() {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  HttpHold hold(std::chrono::steady_clock::time_point until) {
    return {until, [this](std::function<void()> wake) -> std::shared_ptr<void> {
              const std::lock_guard lock(mutex_);
              const auto place = waiting_.insert(waiting_.end(), std::move(wake));
              return {nullptr, [this, place](std::nullptr_t) {
                        const std::lock_guard guard(mutex_);
                        waiting_.erase(place);
                      }};
            }};
  }
  HttpReply stream() {
    HttpReply reply{200, "text/event-stream", {}, ": begins\n\n"};
    reply.stream = [this, last = std::string()]() mutable -> HttpStreamPart {
      const std::string now = state();
      HttpStreamPart part{now == last ? "" : "data: " + now + "\n\n", hold(std::chrono::steady_clock::now() + 60s)};
      last = now;
      return part;
    };
    return reply;
  }

  std::mutex mutex_;
  std::string state_ = "waits";               // guarded by mutex_
  std::list<std::function<void()>> waiting_;  // guarded by mutex_
};

class HeldReplies : public ::testing::Test {
 protected:
  ~HeldReplies() override { stop(); }

  uint16_t start(HttpLimits limits = {}) {
    listener = std::make_unique<HttpListener>("127.0.0.1", 0, handler, limits);
    thread = std::thread([this] { listener->run(1); });
    return listener->port();
  }
  void stop() {
    if (listener) listener->stop();
    if (thread.joinable()) thread.join();
  }

  Waiting handler;
  std::unique_ptr<HttpListener> listener;
  std::thread thread;
};

TEST_F(HeldReplies, ComeWhenWhatTheyWaitForHappens) {
  TestClient client(start());
  for (int round = 0; round < 3; ++round) {
    handler.set("waits");
    client.send(request_text("GET", "/wait"));
    handler.await(1);
    handler.set("done");
    EXPECT_EQ(client.receive().body, "done");
    handler.await(0);
  }
}

TEST_F(HeldReplies, AreHeldOnAfterAChangeThatIsNotTheOneWaitedFor) {
  TestClient client(start());
  client.send(request_text("GET", "/wait"));
  handler.await(1);
  const int before = handler.asked;
  handler.set("waits still");
  while (handler.asked == before) std::this_thread::yield();
  handler.await(1);
  handler.set("done");
  EXPECT_EQ(client.receive().body, "done");
}

TEST_F(HeldReplies, ComeAsThingsStandWhenTheirTimeIsUp) {
  TestClient client(start());
  EXPECT_EQ(client.ask("GET", "/briefly").body, "waits");
  EXPECT_EQ(client.ask("GET", "/plain").body, "plain") << "the connection goes on";
}

TEST_F(HeldReplies, TakeNoThreadFromOthers) {
  const uint16_t port = start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int client = 0; client < 200; ++client) {
    clients.push_back(std::make_unique<TestClient>(port));
    clients.back()->send(request_text("GET", "/wait"));
  }
  handler.await(200);
  EXPECT_EQ(testing::ask(port, "GET", "/plain").body, "plain");
  handler.set("done");
  for (const auto& client : clients) EXPECT_EQ(client->receive().body, "done");
}

TEST_F(HeldReplies, BeyondTheirLimitComeAtOnce) {
  HttpLimits limits;
  limits.held = 2;
  const uint16_t port = start(limits);
  TestClient first(port), second(port), third(port);
  for (TestClient* client : {&first, &second}) client->send(request_text("GET", "/wait"));
  handler.await(2);
  EXPECT_EQ(third.ask("GET", "/wait").body, "waits");
}

TEST_F(HeldReplies, LetClientsGoThatClose) {
  const uint16_t port = start();
  auto closing = std::make_unique<TestClient>(port);
  TestClient vanishing(port), halved(port);
  for (TestClient* client : {closing.get(), &vanishing, &halved}) client->send(request_text("GET", "/wait"));
  handler.await(3);
  closing.reset();
  handler.await(2);
  vanishing.vanish();
  handler.await(1);
  halved.half_close();
  EXPECT_EQ(halved.receive().body, "waits") << "a client that sends no more still reads";
}

TEST_F(HeldReplies, KeepTheirPlaceBeforeAPipelinedRequest) {
  TestClient client(start());
  client.send(request_text("GET", "/wait") + request_text("GET", "/plain"));
  handler.await(1);
  client.send(request_text("GET", "/plain"));
  handler.set("done");
  EXPECT_EQ(client.receive().body, "done");
  EXPECT_EQ(client.receive().body, "plain");
  EXPECT_EQ(client.receive().body, "plain");
}

TEST_F(HeldReplies, ComeAtOnceWhenTheServerStops) {
  const uint16_t port = start();
  TestClient waiting(port), refused(port);
  waiting.send(request_text("GET", "/wait"));
  refused.send(request_text("GET", "/refused"));
  handler.await(1);
  listener->stop();
  const Response response = waiting.receive();
  EXPECT_EQ(response.body, "waits");
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_EQ(refused.receive().status, 401);
  thread.join();
}

TEST_F(HeldReplies, OfRefusalsComeLateAndKeepTheConnection) {
  TestClient client(start());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(client.ask("GET", "/refused-briefly").status, 401);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
  EXPECT_EQ(client.ask("GET", "/plain").body, "plain");
}

TEST_F(HeldReplies, StreamUntilTheClientCloses) {
  auto client = std::make_unique<TestClient>(start());
  client->send(request_text("GET", "/stream"));
  const std::string head = client->receive_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(client->receive_until(": begins\n\n\r\n"), "a\r\n: begins\n\n\r\n");
  EXPECT_EQ(client->receive_until("\n\n\r\n"), "d\r\ndata: waits\n\n\r\n");
  handler.await(1);
  handler.set("on");
  EXPECT_EQ(client->receive_until("\n\n\r\n"), "a\r\ndata: on\n\n\r\n");
  handler.await(1);
  client.reset();
  handler.await(0);
}

TEST_F(HeldReplies, StreamUntilTheServerStops) {
  TestClient client(start());
  client.send(request_text("GET", "/stream"));
  client.receive_until("waits\n\n\r\n");
  handler.await(1);
  listener->stop();
  EXPECT_EQ(client.receive_until("0\r\n\r\n"), "0\r\n\r\n") << "the stream ends as a whole one";
  EXPECT_TRUE(client.is_closed());
  thread.join();
}

TEST_F(HeldReplies, StreamToHttp10WithoutChunks) {
  TestClient client(start());
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.receive_until("\r\n\r\n"), ::testing::Not(HasSubstr("chunked")));
  EXPECT_EQ(client.receive_until("waits\n\n"), ": begins\n\ndata: waits\n\n");
}

TEST_F(HeldReplies, HaveNoStreamForHead) {
  TestClient client(start());
  client.send("HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 200);
  EXPECT_EQ(client.ask("GET", "/plain").body, "plain");
}

TEST(Replies, Of204And304HaveNeitherBodyNorLength) {
  Waiting handler;
  HttpListener listener("127.0.0.1", 0, handler, {});
  std::thread thread([&] { listener.run(1); });
  TestClient client(listener.port());
  for (const char* path : {"/204", "/304"}) {
    client.send(request_text("GET", path) + request_text("GET", "/plain"));
    const std::string head = client.receive_until("\r\n\r\n");
    EXPECT_THAT(head, ::testing::Not(HasSubstr("Content-"))) << head;
    EXPECT_EQ(client.receive().body, "plain") << "at once after " << head;
  }
  listener.stop();
  thread.join();
}

TEST(Replies, HaveAReasonPhraseOfPrintableAsciiAlone) {
  Waiting handler;
  HttpListener listener("127.0.0.1", 0, handler, {});
  std::thread thread([&] { listener.run(1); });
  TestClient client(listener.port());
  const auto reason = [&](const std::string& text) { return client.ask("POST", "/reason", text).reason; };
  EXPECT_EQ(reason("unknown-key:bach"), "unknown-key:bach");
  EXPECT_EQ(reason("a\r\nSet-Cookie: x"), "a??Set-Cookie: x");
  EXPECT_EQ(reason("gr\xc3\xb6\xc3\x9f"
                   "e\x7f"),
            "gr????e?");
  EXPECT_EQ(reason(std::string(500, 'x')), std::string(120, 'x'));
  EXPECT_EQ(reason(""), "Unprocessable Entity");
  listener.stop();
  thread.join();
}

}  // namespace
}  // namespace veleta
