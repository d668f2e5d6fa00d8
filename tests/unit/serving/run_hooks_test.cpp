#include <gmock/gmock.h>

#include "run_hooks.hpp"

// Watching, cancelling and retrying runs, as schedulers do, over real sockets.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(RunHooks, ShowARunInEachState) {
  server.put("a", R"({"batch": "3"})");
  EXPECT_EQ(state("a"), "queued");
  const Claim claim = server.claim();
  server.report(claim, "train", 0.5, "tree 50 of 100");
  json::object run = json_of(server.ask("GET", std::string(kRun) + "a"));
  EXPECT_EQ(run.at("state"), "running");
  EXPECT_EQ(run.at("step"), "train");
  EXPECT_EQ(run.at("progress").at("fraction"), 0.5);
  EXPECT_TRUE(run.at("outcome").is_null());
  server.finish(claim, promoted());
  run = json_of(server.ask("GET", std::string(kRun) + "a"));
  EXPECT_EQ(run.at("state"), "succeeded");
  EXPECT_EQ(run.at("outcome"), "promoted");
  EXPECT_EQ(run.at("decision"), "train");
  EXPECT_EQ(run.at("batch"), "3");
  EXPECT_EQ(run.at("model_version"), 2);
  EXPECT_EQ(run.at("reasons").at(0).at("code"), "drift");
  EXPECT_FALSE(run.at("times").at("finished").is_null());
  EXPECT_EQ(run.at("links").at("result"), "/v1/pipelines/rent/runs/a/result");
}

TEST_F(RunHooks, TellAFailureAsData) {
  server.put("a");
  fail();
  const Response response = server.ask("GET", std::string(kRun) + "a");
  EXPECT_EQ(response.status, 200);
  const json::object run = json_of(response);
  EXPECT_EQ(run.at("state"), "failed");
  EXPECT_EQ(run.at("error"), json::parse(R"({"code": "unavailable", "step": "train", "message": "the disk is full"})"));
}

TEST_F(RunHooks, TellResultsByStatus) {
  const auto result = [&](const std::string& run) { return server.ask("GET", kRun + run + "/result"); };
  server.put("a");
  EXPECT_EQ(result("a").status, 409);
  EXPECT_EQ(result("a").reason, "run-not-finished");
  server.finish(server.claim(), promoted());
  EXPECT_EQ(result("a").status, 200);
  EXPECT_EQ(json_of(result("a")).at("metrics").at("mae"), 1.5);
  server.put("b");
  fail();
  EXPECT_EQ(result("b").status, 424);
  EXPECT_EQ(result("b").reason, "run-failed:train");
  EXPECT_THAT(result("b").body, HasSubstr("the disk is full"));
  server.put("c");
  server.ask("POST", std::string(kRun) + "c/cancel");
  EXPECT_EQ(result("c").status, 410);
  EXPECT_EQ(result("d").status, 404);
  server.put("e");
  server.finish(server.claim(), {RequestState::kSkipped, "skipped", "nothing changed", "", "", {{"action", "skip"}}});
  EXPECT_EQ(result("e").status, 200);
  EXPECT_EQ(json_of(result("e")).at("decision"), "skip");
}

TEST_F(RunHooks, TellSensorsByStatusAlone) {
  EXPECT_EQ(done("a"), 404) << "unknown";
  server.put("a");
  EXPECT_EQ(done("a"), 404);
  const Claim claim = server.claim();
  EXPECT_EQ(server.ask("GET", std::string(kRun) + "a/done").reason, "running");
  server.finish(claim, promoted());
  const Response response = server.ask("GET", std::string(kRun) + "a/done");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"state":"succeeded"})");
  server.put("b");
  fail();
  EXPECT_EQ(done("b"), 200);
  server.put("c");
  server.ask("POST", std::string(kRun) + "c/cancel");
  EXPECT_EQ(done("c"), 200);
}

TEST_F(RunHooks, TellSensorsNothingButWaitWhateverIsAsked) {
  for (const char* path : {"%zz/done", "a%2Fb/done", "a/done?wait=x", "a/done?wait=%", "a/done?x=1"})
    EXPECT_EQ(server.ask("GET", std::string(kRun) + path).status, 404) << path;
  EXPECT_EQ(server.ask("GET", "/v1/pipelines/rnt/runs/a/done").status, 404);
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"})
    EXPECT_EQ(server.ask(method, std::string(kRun) + "a/done", "{}").status, 404) << method;
}

TEST_F(RunHooks, HoldRepliesBackUntilTheRunHasEnded) {
  server.put("a");
  TestClient shown(server.port()), sensor(server.port()), result(server.port());
  shown.send(request_text("GET", std::string(kRun) + "a?wait=30s"));
  sensor.send(request_text("GET", std::string(kRun) + "a/done?wait=30"));
  result.send(request_text("GET", std::string(kRun) + "a/result?wait=1000000s"));
  const Claim claim = server.claim();
  server.finish(claim, promoted());
  EXPECT_THAT(shown.receive().body, HasSubstr("succeeded"));
  EXPECT_EQ(sensor.receive().status, 200);
  EXPECT_EQ(result.receive().status, 200);
}

TEST_F(RunHooks, AnswerAsThingsStandWhenTheWaitIsOver) {
  server.put("a");
  EXPECT_EQ(server.ask("GET", std::string(kRun) + "a?wait=20ms").status, 200);
  EXPECT_EQ(done("a", "?wait=20ms"), 404);
  EXPECT_EQ(server.ask("GET", std::string(kRun) + "a/result?wait=0.02s").status, 409);
  EXPECT_EQ(server.ask("GET", std::string(kRun) + "a?wait=soon").reason, "bad-wait");
}

TEST_F(RunHooks, AnswerAtOnceWhenTheServerStops) {
  server.put("a");
  TestClient shown(server.port()), sensor(server.port()), late(server.port());
  shown.send(request_text("GET", std::string(kRun) + "a?wait=30s"));
  sensor.send(request_text("GET", std::string(kRun) + "a/done?wait=30s"));
  EXPECT_EQ(late.ask("GET", std::string(kRun) + "a").status, 200) << "the others were read before";
  server.drain();
  EXPECT_EQ(shown.receive().status, 200);
  EXPECT_EQ(sensor.receive().status, 404);
}

TEST_F(RunHooks, CancelAQueuedRunAtOnceAndARunningOneSoon) {
  server.put("a");
  const Response at_once = server.ask("POST", std::string(kRun) + "a/cancel");
  EXPECT_EQ(at_once.status, 200);
  EXPECT_EQ(text_or_empty(json_of(at_once), "state"), "cancelled");
  server.put("b");
  const Claim claim = server.claim();
  const Response soon = server.ask("POST", std::string(kRun) + "b/cancel");
  EXPECT_EQ(soon.status, 202);
  EXPECT_EQ(json_of(soon).at("cancelling"), true);
  server.finish(claim, {RequestState::kCancelled, "cancelled", "cancelled", "", "", {}});
  EXPECT_EQ(server.ask("POST", std::string(kRun) + "b/cancel").status, 200) << "a repeat";
  EXPECT_EQ(server.ask("POST", std::string(kRun) + "c/cancel").status, 404);
}

TEST_F(RunHooks, RetryWhatFailedAndNothingElse) {
  const auto retry = [&](const std::string& query = "", const std::string& body = "") {
    return server.ask("POST", std::string(kRun) + "a/retry" + query, body);
  };
  EXPECT_EQ(retry().status, 404);
  server.put("a");
  EXPECT_EQ(retry().reason, "run-not-finished");
  fail();
  const Response again = retry();
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(text_or_empty(json_of(again), "state"), "queued");
  EXPECT_EQ(json_of(again).at("attempt"), 2);
  EXPECT_EQ(retry().reason, "run-not-finished");
  server.finish(server.claim(), promoted());
  EXPECT_EQ(retry().reason, "run-finished");
}

TEST_F(RunHooks, RetryFromAStep) {
  server.put("a");
  server.store().start_run("rent", "a");
  for (const char* step : {"ingest", "validate", "clean"}) server.store().finish_step("a", {step, {}, 1, 2});
  fail("detect");
  EXPECT_EQ(server.ask("POST", std::string(kRun) + "a/retry?from=clena").reason, "unknown-step:clena");
  EXPECT_EQ(server.ask("POST", std::string(kRun) + "a/retry", R"({"form": "clean"})").reason, "unknown-key:form");
  EXPECT_THAT(server.store().steps("a"), SizeIs(3));
  EXPECT_EQ(server.ask("POST", std::string(kRun) + "a/retry", R"({"from": "validate"})").status, 202);
  EXPECT_THAT(server.store().steps("a"), SizeIs(1));
}

TEST_F(RunHooks, TryAgainUnderAHigherAttemptAndLeaveAFinishedRunAlone) {
  server.put("a", R"({"attempt": 1})");
  fail();
  EXPECT_EQ(text_or_empty(json_of(server.put("a", R"({"attempt": 1})")), "state"), "failed") << "a plain repeat";
  EXPECT_EQ(text_or_empty(json_of(server.put("a")), "state"), "failed");
  const Response second = server.put("a", R"({"attempt": 2})");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(text_or_empty(json_of(second), "state"), "queued");
  server.finish(server.claim(), promoted());
  EXPECT_EQ(text_or_empty(json_of(server.put("a", R"({"attempt": 3})")), "state"), "succeeded");
}

TEST_F(RunHooks, ShowSteps) {
  server.put("a");
  server.store().start_run("rent", "a");
  server.store().finish_step("a", {"ingest", {{"rows", 10}}, 1000, 3500});
  const Claim claim = server.claim();
  server.report(claim, "train", -1, "");
  const json::object finished = json_of(server.ask("GET", std::string(kRun) + "a/steps/ingest"));
  EXPECT_EQ(finished.at("state"), "finished");
  EXPECT_EQ(finished.at("seconds"), 2.5);
  EXPECT_EQ(finished.at("output").at("rows"), 10);
  EXPECT_EQ(json_of(server.ask("GET", std::string(kRun) + "a/steps/train")).at("state"), "running");
  const Response unknown = server.ask("GET", std::string(kRun) + "a/steps/ingst");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("Did you mean 'ingest'?"));
}

TEST_F(RunHooks, PageThroughALog) {
  server.put("a");
  std::vector<LogLine> lines;
  for (int line = 0; line < 100; ++line) lines.push_back({0, 1000, "info", "line " + std::to_string(line)});
  server.queue().append_log("rent", "a", lines);
  std::vector<std::string> seen;
  int64_t after = 0;
  for (int page = 0; page < 100; ++page) {
    const Response response = server.ask("GET", std::string(kRun) + "a/log?after=" + std::to_string(after));
    ASSERT_LT(response.body.size(), 4096U);
    const json::object body = json_of(response);
    for (const auto& line : body.at("lines").as_array()) seen.emplace_back(line.at("text").as_string());
    if (body.at("lines").as_array().empty()) break;
    after = body.at("next").as_int64();
  }
  ASSERT_THAT(seen, SizeIs(100));
  EXPECT_EQ(seen.front(), "line 0");
  EXPECT_EQ(seen.back(), "line 99");
  const Response text = server.ask("GET", std::string(kRun) + "a/log?limit=2", "", "Accept: text/plain\r\n");
  EXPECT_EQ(text.body, "1970-01-01T00:00:01.000Z info    line 0\n1970-01-01T00:00:01.000Z info    line 1\n");
  const Response rest = server.ask("GET", std::string(kRun) + "a/log?limit=1&after=" + text.headers.at("x-next"), "",
                                   "Accept: text/plain\r\n");
  EXPECT_THAT(rest.body, HasSubstr("line 2\n"));
}

TEST_F(RunHooks, KeepEveryReplyUnderFourKilobytes) {
  const std::string id(250, 'i'), long_text = std::string(6000, 'x') + "\xc3\xbc\xc3\xbc" + std::string(6000, '\n');
  server.put(id);
  server.store().start_run("rent", id);
  json::object output;
  for (int key = 0; key < 300; ++key) output["key " + std::to_string(key)] = long_text;
  server.store().finish_step(
      id, {"ingest", {{"long", long_text}, {"list", json::array(500, json::value(long_text))}}, 1, 2});
  server.queue().append_log("rent", id, std::vector<LogLine>(50, LogLine{0, 1, "info", long_text}));
  const Claim claim = server.claim();
  server.report(claim, "train", 0.5, long_text);
  const auto expect_small = [&](const std::string& method, const std::string& path, const std::string& headers = "") {
    const Response response = server.ask(method, path, "", headers);
    EXPECT_LT(response.body.size(), 4096U) << path;
    EXPECT_GT(response.body.size(), 0U) << path;
    if (response.headers.at("content-type").find("json") != std::string::npos) {
      EXPECT_NO_THROW(parse_json(response.body, "the reply")) << path;
    }
  };
  expect_small("GET", kRun + id);
  expect_small("GET", kRun + id + "/steps/train");
  expect_small("GET", kRun + id + "/steps/ingest");
  expect_small("GET", kRun + id + "/log");
  expect_small("GET", kRun + id + "/log", "Accept: text/plain\r\n");
  RequestEnd end{RequestState::kFailed, long_text, long_text, "unavailable", "train", {}};
  end.result["reasons"] = json::array(100, json::object{{"code", "drift"}, {"sentence", long_text}});
  server.finish(claim, end);
  for (const char* below : {"", "/done", "/result"}) expect_small("GET", kRun + id + below);
  expect_small("GET", "/v1/pipelines/rent/runs");
  expect_small("GET", "/v1/events");
  expect_small("GET", "/v1/pipelines/rent");
  EXPECT_EQ(json_of(server.ask("GET", kRun + id)).at("run_id").as_string(), id) << "what names it stays whole";
  EXPECT_LT(server.put("b", "{\"" + std::string(60000, 'k') + "\": 1}").body.size(), 4096U);
}

TEST_F(RunHooks, SendExactLengthsAndNoBodyWhereNoneMayBe) {
  server.put("a");
  TestClient client(server.port());
  const Response whole = client.ask("GET", std::string(kRun) + "a");
  const Response head = client.ask("HEAD", std::string(kRun) + "a");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(whole.body.size()));
  client.send(request_text("GET", std::string(kRun) + "a", "", "If-None-Match: " + whole.headers.at("etag") + "\r\n"));
  EXPECT_THAT(client.receive_until("\r\n\r\n"), HasSubstr("HTTP/1.1 304 "));
  EXPECT_EQ(client.ask("GET", std::string(kRun) + "a").body, whole.body) << "the connection is in step";
}

TEST(HooksWithAToken, WantItAndHoldRefusalsBack) {
  HookServer server("s3cret");
  const auto before = std::chrono::steady_clock::now();
  TestClient refused(server.port());
  refused.send(request_text("GET", std::string(kRun) + "a/done", "", "Authorization: Bearer wrong\r\n"));
  EXPECT_EQ(server.put("a", "{}", "Authorization: Bearer s3cret\r\n").status, 201) << "others do not wait";
  const Response response = refused.receive();
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.reason, "token-wrong");
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

TEST(HooksWithoutAStore, TellThatItMayBeBetterLater) {
  HookServer server("",
                    []() -> std::unique_ptr<Store> { throw Error(ErrorCode::kUnavailable, "host db.internal away"); });
  for (const char* path : {"", "/done", "/done?wait=1s", "/result", "/log", "/steps/train"}) {
    const Response response = server.ask("GET", std::string(kRun) + "a" + path);
    EXPECT_EQ(response.status, 503) << path;
    EXPECT_EQ(response.reason, "store-unavailable");
    EXPECT_THAT(response.body, Not(HasSubstr("db.internal")));
  }
  EXPECT_EQ(server.put("a").status, 503);
}

TEST(HooksOfAServerThatStops, TakeNoNewRuns) {
  HookServer server;
  TestClient client(server.port());
  client.send("PUT /v1/pipelines/rent/runs/a HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{");
  EXPECT_EQ(server.put("b").status, 201) << "the header above was read";
  server.drain();
  client.send("}");
  const Response response = client.receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.reason, "draining");
}

}  // namespace
}  // namespace veleta::testing
