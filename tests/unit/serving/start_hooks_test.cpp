#include <gmock/gmock.h>
#include <thread>

#include "run_hooks.hpp"

// Starting runs as schedulers do, over real sockets.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RunHooks, StartOnceAndReadWithEveryRepeat) {
  const Response first = server.put("a");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(text_or_empty(json_of(first), "state"), "queued");
  EXPECT_EQ(server.wakes, 1);
  const Response second = server.put("a");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body) << "the same form";
  server.finish(server.claim(), promoted());
  const Response third = server.put("a");
  EXPECT_EQ(third.status, 200);
  EXPECT_EQ(text_or_empty(json_of(third), "state"), "succeeded");
  EXPECT_EQ(server.wakes, 1) << "a repeat is only a read";
  EXPECT_EQ(requests(), 1U);
}

TEST_F(RunHooks, StartOneRunOfFiftyConcurrentEqualPuts) {
  std::atomic<int> created{0}, repeated{0}, others{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 50; ++client)
    clients.emplace_back([&] {
      const int status = server.put("a", R"({"batch": "3"})").status;
      ++(status == 201 ? created : status == 200 ? repeated : others);
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(repeated, 49);
  EXPECT_EQ(others, 0);
  EXPECT_EQ(requests(), 1U);
}

TEST_F(RunHooks, TellAnotherBodyUnderTheSameId) {
  server.put("a", R"({"batch": "3"})");
  const Response response = server.put("a", R"({"batch": "4"})");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.reason, "different-body:a");
  EXPECT_EQ(text_or_empty(json_of(response), "code"), "different-body:a");
}

TEST_F(RunHooks, TakeEqualBodiesForEqualHoweverTheyAreWritten) {
  EXPECT_EQ(
      server.put("a", R"({"parameters": {"rounds": 10, "window": "x"}, "only_if": ["drift", "performance"]})").status,
      201);
  for (const char* body :
       {R"({"only_if":["performance","drift","drift"],"parameters":{"window":"x","rounds":10}})",
        R"({ "parameters": {"rounds": 1e1, "window": "\u0078"}, "only_if": ["drift", "performance"], "priority": 0,
             "batch": null, "logical_date": "", "attempt": 1})"})
    EXPECT_EQ(server.put("a", body).status, 200) << body;
  EXPECT_EQ(
      server.put("a", R"({"parameters": {"rounds": "10", "window": "x"}, "only_if": ["drift", "performance"]})").status,
      409)
      << "a text is no number";
}

TEST_F(RunHooks, TakeAllSpellingsOfAnIdForOne) {
  const std::string plain = "manual__2026-11-26T08:50:44.141586+00:00";
  EXPECT_EQ(server.put(plain).status, 201);
  EXPECT_EQ(server.put("manual__2026-11-26T08%3A50%3A44.141586%2B00%3A00").status, 200);
  EXPECT_EQ(server.put("manual__2026-11-26T08:50:44.141586%2B00:00").status, 200);
  EXPECT_EQ(text_or_empty(json_of(server.ask("GET", kRun + plain)), "run_id"), plain);
  EXPECT_EQ(requests(), 1U);
}

TEST_F(RunHooks, RefuseIdsThatAreNone) {
  for (const std::string& id : {std::string("a%20b"), std::string("a%2Fb"), std::string("%C3%BC"), std::string("a%00"),
                                std::string(251, 'a')}) {
    const Response response = server.put(id);
    EXPECT_EQ(response.status, 422) << id;
    EXPECT_EQ(response.reason, "bad-run-id");
  }
  EXPECT_EQ(server.put("%zz").status, 400);
  EXPECT_EQ(server.put(std::string(250, 'a')).status, 201);
}

TEST_F(RunHooks, TakeABodyUnderAnyContentType) {
  int run = 0;
  for (const char* type : {"", "Content-Type: text/plain; charset=utf-8\r\n", "Content-Type: application/json\r\n",
                           "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: nonsense\r\n"})
    EXPECT_EQ(server.put("a" + std::to_string(++run), R"({"batch": "3"})", type).status, 201) << type;
}

TEST_F(RunHooks, SayWhatIsWrongWithABody) {
  const auto expect = [&](const std::string& body, const std::string& reason, const std::string& detail = "") {
    const Response response = server.put("a", body);
    EXPECT_EQ(response.status, 422) << body;
    EXPECT_EQ(response.reason, reason) << body;
    EXPECT_EQ(text_or_empty(json_of(response), "code"), reason);
    EXPECT_THAT(text_or_empty(json_of(response), "detail"), HasSubstr(detail));
  };
  expect("", "body-missing", "Send {}");
  expect(" \r\n", "body-missing");
  expect("a=1", "body-not-json", "as text");
  expect("[]", "body-not-object");
  expect(R"({"bach": "3"})", "unknown-key:bach", "Did you mean 'batch'?");
  expect(R"({"batch": 3})", "bad-batch");
  expect(R"({"batch": ""})", "batch-empty");
  expect(R"({"parameters": []})", "bad-parameters");
  expect(R"({"parameters": {"rouns": 1}})", "unknown-parameter:rouns", "Did you mean 'rounds'?");
  expect(R"({"parameters": {"rounds": [1]}})", "bad-parameter:rounds");
  expect(R"({"only_if": "drfit"})", "unknown-ground:drfit", "Did you mean 'drift'?");
  expect(R"({"only_if": []})", "bad-only_if");
  expect(R"({"only_if": 3})", "bad-only_if");
  expect(R"({"attempt": 0})", "bad-attempt");
  expect(R"({"attempt": 1.5})", "bad-attempt");
  expect(R"({"attempt": "2"})", "bad-attempt");
  expect(R"({"priority": 101})", "bad-priority");
  expect(R"({"logical_date": 3})", "bad-logical_date");
  EXPECT_EQ(requests(), 0U);
}

TEST_F(RunHooks, NeverRepeatValuesOfABody) {
  for (const char* body : {R"({"batch": {"k": "SECRET"}})", R"({"parameters": {"rounds": ["SECRET"]}})",
                           R"({"attempt": "SECRET"})", "SECRET=1"}) {
    const Response response = server.put("a", body);
    EXPECT_EQ(response.status, 422);
    EXPECT_THAT(response.body + response.reason, Not(HasSubstr("SECRET"))) << body;
  }
}

TEST_F(RunHooks, NameTheNearestPipeline) {
  const Response response = server.ask("PUT", "/v1/pipelines/rnt/runs/a", "{}");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.reason, "unknown-pipeline:rnt");
  EXPECT_THAT(response.body, HasSubstr("Did you mean 'rent'?"));
  EXPECT_EQ(server.ask("GET", "/v1/pipelines/rnt/runs/a").reason, "unknown-pipeline:rnt");
  EXPECT_EQ(server.ask("GET", "/v1/pipelines/rent/runs/a").reason, "unknown-run:a");
}

TEST_F(RunHooks, NeverRedirect) {
  for (const char* path : {"/v1", "/v1/", "/v1/pipelines/", "/v1/pipelines/rent/", "/v1/pipelines/rent/runs/",
                           "/v1/pipelines/rent/runs/a/", "/v1/pipelines/rent/runs/a/done/", "/v1//pipelines"})
    for (const char* method : {"GET", "PUT", "POST"}) EXPECT_EQ(server.ask(method, path, "{}").status, 404) << path;
}

TEST_F(RunHooks, RefuseWhenBusyWhereThePipelineSaysSo) {
  PipelineCard card = rent_card();
  card.refuses_when_busy = true;
  server.announce(card);
  EXPECT_EQ(server.put("a").status, 201);
  const Response response = server.put("b");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.reason, "pipeline-busy");
  EXPECT_EQ(server.put("a").status, 200) << "a repeat is no new run";
  server.finish(server.claim(), promoted());
  EXPECT_EQ(server.put("b").status, 201);
}

TEST_F(RunHooks, RefuseWhenTheQueueIsFull) {
  PipelineCard card = rent_card();
  card.max_queued = 1;
  server.announce(card);
  server.put("a");
  server.put("b");
  const Response response = server.put("c");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.reason, "queue-full");
}

}  // namespace
}  // namespace veleta::testing
