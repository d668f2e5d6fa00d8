#include <gmock/gmock.h>
#include <set>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "hook_server.hpp"
#include "json_text.hpp"
#include "openapi.hpp"

// Pipelines, what is asked of them besides runs, events, and the description of all hooks.

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kPipeline = "/v1/pipelines/rent";

json::object json_of(const Response& response) { return parse_json(response.body, "the reply").as_object(); }

class OtherHooks : public ::testing::Test {
 protected:
  json::object get(const std::string& path) { return json_of(server.ask("GET", path)); }
  Response post(const std::string& below, const std::string& body) {
    return server.ask("POST", kPipeline + below, body);
  }
  /// What a runner does with the next request, once there is one.
  void finish_next(const RequestEnd& end) {
    std::optional<RunRequest> request;
    while (!(request = server.queue().claim("runner", 60'000))) std::this_thread::yield();
    server.finish({request->pipeline, request->id, "runner", request->claim}, end);
  }

  HookServer server;
};

TEST_F(OtherHooks, ListPipelinesAndShowOne) {
  EXPECT_EQ(get("/v1/pipelines").at("pipelines").at(0).at("pipeline"), "rent");
  json::object pipeline = get(kPipeline);
  EXPECT_EQ(pipeline.at("runner"), true);
  EXPECT_EQ(pipeline.at("parameters"), json::parse(R"(["rounds", "window"])"));
  EXPECT_TRUE(pipeline.at("last_run").is_null());
  server.put("a");
  EXPECT_EQ(get(kPipeline).at("last_run").at("run_id"), "a");
  server.queue().withdraw("runner");
  EXPECT_EQ(get(kPipeline).at("runner"), false);
  EXPECT_EQ(server.ask("GET", "/v1/pipelines/rnt").reason, "unknown-pipeline:rnt");
}

TEST_F(OtherHooks, PageThroughPipelines) {
  std::vector<PipelineCard> cards(60, rent_card());
  for (size_t i = 0; i < cards.size(); ++i) cards[i].name = "pipeline " + std::to_string(i + 10);
  server.queue().announce("runner", cards);
  std::set<std::string> names;
  std::string after;
  for (int page = 0; page < 60; ++page) {
    const Response response = server.ask("GET", "/v1/pipelines?after=" + after);
    ASSERT_LT(response.body.size(), 4096U);
    const json::object body = json_of(response);
    for (const auto& pipeline : body.at("pipelines").as_array()) names.emplace(pipeline.at("pipeline").as_string());
    if (body.at("next").is_null()) break;
    after = body.at("next").as_string();
    after[after.find(' ')] = '+';
  }
  EXPECT_EQ(names.size(), 60U);
}

TEST_F(OtherHooks, PageThroughRunsNewestFirst) {
  for (int run = 0; run < 40; ++run) server.put("run-" + std::to_string(run));
  std::vector<std::string> ids;
  std::string cursor;
  for (int page = 0; page < 40; ++page) {
    const json::object body = get(std::string(kPipeline) + "/runs" + cursor);
    for (const auto& run : body.at("runs").as_array()) ids.emplace_back(run.at("run_id").as_string());
    if (body.at("next").is_null()) break;
    cursor = "?cursor=" + json::serialize(body.at("next"));
  }
  ASSERT_EQ(ids.size(), 40U);
  EXPECT_EQ(ids.front(), "run-39");
  EXPECT_EQ(ids.back(), "run-0");
}

TEST_F(OtherHooks, FilterRuns) {
  const auto ids = [&](const std::string& query) {
    std::vector<std::string> found;
    const json::object body = get(std::string(kPipeline) + "/runs" + query);
    for (const auto& run : body.at("runs").as_array()) found.emplace_back(run.at("run_id").as_string());
    return found;
  };
  server.put("a");
  finish_next(promoted());
  server.put("b");
  post("/drift?wait=0", R"({"batch": "latest", "id": "d"})");
  EXPECT_THAT(ids("?state=succeeded"), ElementsAre("a"));
  EXPECT_THAT(ids("?kind=drift"), ElementsAre("d"));
  EXPECT_THAT(ids("?kind=run&limit=1"), ElementsAre("b"));
  EXPECT_THAT(ids("?since=2000-01-01"), ElementsAre("d", "b", "a"));
  EXPECT_THAT(ids("?since=2999-01-01"), ElementsAre());
  EXPECT_EQ(server.ask("GET", std::string(kPipeline) + "/runs?state=done").reason, "bad-state");
  EXPECT_EQ(server.ask("GET", std::string(kPipeline) + "/runs?since=soon").reason, "bad-since");
  EXPECT_EQ(server.ask("GET", std::string(kPipeline) + "/runs?limit=0").reason, "bad-limit");
  EXPECT_EQ(server.ask("GET", std::string(kPipeline) + "/runs?stat=failed").reason, "unknown-parameter:stat");
}

TEST_F(OtherHooks, JudgeDriftAndWaitForTheVerdict) {
  std::thread runner([&] {
    finish_next({RequestState::kSucceeded, "drifted", "rooms drifted", "", "", {{"drifted", true}, {"rows", 2}}});
  });
  const Response response = post("/drift", R"({"rows": [{"rooms": 3}, {"rooms": 4}]})");
  runner.join();
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json_of(response).at("outcome"), "drifted");
  EXPECT_EQ(json_of(response).at("drifted"), true);
  const std::string id = text_or_empty(json_of(response), "run_id");
  EXPECT_THAT(id, StartsWith("drift-"));
  EXPECT_EQ(server.queue().body("rent", id), R"({"rows":[{"rooms":3},{"rooms":4}]})");
  EXPECT_EQ(server.queue().list({.pipeline = "rent", .state = {}, .kind = {}, .before = {}}).size(), 1U)
      << "asked once";
}

TEST_F(OtherHooks, TellWhereAVerdictWillBe) {
  const Response response = post("/drift?wait=10ms", R"({"served": {"last": "1h"}, "id": "mine"})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(json_of(response).at("links").at("result"), "/v1/pipelines/rent/runs/mine/result");
  EXPECT_EQ(post("/drift?wait=0", R"({"served": {"last": "1h"}, "id": "mine"})").status, 202) << "a repeat";
  EXPECT_EQ(post("/drift?wait=0", R"({"served": {"last": "2h"}, "id": "mine"})").reason, "different-body:mine");
}

TEST_F(OtherHooks, SayWhatIsWrongWithWhatIsToBeJudged) {
  const auto reason = [&](const char* body) { return post("/drift", body).reason; };
  EXPECT_EQ(reason(""), "body-missing");
  EXPECT_EQ(reason("{}"), "rows-missing");
  EXPECT_EQ(reason(R"({"batch": "1", "rows": [{}]})"), "rows-missing");
  EXPECT_EQ(reason(R"({"rows": []})"), "bad-rows");
  EXPECT_EQ(reason(R"({"rows": [1]})"), "bad-rows");
  EXPECT_EQ(reason(R"({"served": {"last": "soon"}})"), "bad-served");
  EXPECT_EQ(reason(R"({"served": {}})"), "bad-served");
  EXPECT_EQ(reason(R"({"batch": "1", "id": "a b"})"), "bad-run-id");
  EXPECT_EQ(reason(R"({"bach": "1"})"), "unknown-key:bach");
  EXPECT_EQ(post("/drift?wait=soon", R"({"batch": "1"})").reason, "bad-wait");
  EXPECT_TRUE(server.queue().list({.pipeline = "rent", .state = {}, .kind = {}, .before = {}}).empty());
}

TEST_F(OtherHooks, MoveProductionWithAReasonAlone) {
  EXPECT_EQ(post("/promote", R"({"version": 2})").reason, "reason-missing");
  EXPECT_EQ(post("/promote", R"({"version": 2, "reason": ""})").reason, "reason-missing");
  EXPECT_EQ(post("/promote", R"({"reason": "why"})").reason, "version-missing");
  EXPECT_EQ(post("/promote", R"({"version": 0, "reason": "why"})").reason, "bad-version");
  EXPECT_EQ(post("/rollback", "{}").reason, "reason-missing");
  std::thread runner([&] {
    finish_next(
        {RequestState::kSucceeded, "promoted", "Version 2 is production", "", "", {{"version", 2}, {"before", 1}}});
    finish_next({RequestState::kFailed, "failed", "there is no version before", "not-found", "", {}});
  });
  const Response moved = post("/promote", R"({"version": 2, "reason": "the audit asked for it"})");
  EXPECT_EQ(moved.status, 200);
  EXPECT_EQ(json_of(moved).at("before"), 1);
  const Response failed = post("/rollback", R"({"reason": "it was wrong"})");
  EXPECT_EQ(failed.status, 424);
  EXPECT_EQ(failed.reason, "run-failed:not-found");
  runner.join();
}

TEST_F(OtherHooks, MoveNoProductionWithoutARunner) {
  server.queue().withdraw("runner");
  for (const char* below : {"/promote", "/rollback"}) {
    const Response response = post(below, below[1] == 'p' ? R"({"version": 2, "reason": "x"})" : R"({"reason": "x"})");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.reason, "no-runner");
  }
}

TEST_F(OtherHooks, ListEventsBehindACursor) {
  server.put("a");
  finish_next(promoted());
  std::vector<std::string> kinds;
  json::object page = get("/v1/events?pipeline=rent");
  for (const auto& event : page.at("events").as_array()) kinds.emplace_back(event.at("kind").as_string());
  EXPECT_THAT(kinds, ElementsAre("queued", "started", "succeeded"));
  const std::string next = json::serialize(page.at("next"));
  EXPECT_TRUE(get("/v1/events?after=" + next).at("events").as_array().empty());
  EXPECT_EQ(get("/v1/events?kind=succeeded,failed").at("events").as_array().size(), 1U);
  EXPECT_EQ(get("/v1/events?limit=1").at("events").as_array().size(), 1U);
  EXPECT_TRUE(get("/v1/events?pipeline=other").at("events").as_array().empty());
  for (const char* kind : {",,,", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"})
    EXPECT_EQ(ask(server.port(), "GET", std::string("/v1/events?kind=") + kind).reason, "bad-kind") << kind;

  TestClient waiting(server.port());
  waiting.send(request_text("GET", "/v1/events?wait=30s&after=" + next));
  server.put("b");
  EXPECT_THAT(waiting.receive().body, HasSubstr("\"run_id\":\"b\""));
}

TEST_F(OtherHooks, SayWhichEventsAreForgotten) {
  server.put("a");
  finish_next(promoted());
  EXPECT_FALSE(get("/v1/events?after=1").contains("forgotten"));
  while (server.queue().forget_before(now_ms() + 60'000, 100)) {
  }
  const json::object page = get("/v1/events?after=1");
  EXPECT_EQ(page.at("forgotten"), 2);
  EXPECT_EQ(page.at("events").at(0).at("number"), 3) << "it goes on with the oldest that is kept";
  EXPECT_EQ(page.at("next"), 3);
  EXPECT_FALSE(get("/v1/events?after=2").contains("forgotten")) << "nothing was missed";
  EXPECT_EQ(get("/v1/events?after=1&kind=drift_alarm").at("next"), 2) << "told once";
  TestClient stream(server.port());
  stream.send(request_text("GET", "/v1/events", "", "Accept: text/event-stream\r\nLast-Event-ID: 1\r\n"));
  EXPECT_THAT(stream.receive_until("id: 3\n"), HasSubstr("event: forgotten\ndata: {\"forgotten\":2}\n\n"));
}

TEST_F(OtherHooks, StreamEvents) {
  server.put("a");
  const std::string accept = "Accept: text/event-stream\r\n";
  TestClient fresh(server.port()), resumed(server.port());
  resumed.send(request_text("GET", "/v1/events", "", accept + "Last-Event-ID: 0\r\n"));
  EXPECT_THAT(resumed.receive_until("\r\n\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(resumed.receive_until("\n\n\r\n"), HasSubstr(": events"));
  EXPECT_THAT(resumed.receive_until("\n\n\r\n"), HasSubstr("event: queued\ndata: {\"number\":1,"));
  fresh.send(request_text("GET", "/v1/events?kind=started", "", accept));
  fresh.receive_until(": events\n\n\r\n");
  const Claim claim = server.claim();
  EXPECT_THAT(fresh.receive_until("\n\n\r\n"), HasSubstr("event: started\n"));
  EXPECT_THAT(resumed.receive_until("\n\n\r\n"), HasSubstr("event: started\n"));
  server.drain();
  EXPECT_THAT(fresh.receive_until("0\r\n\r\n"), ::testing::EndsWith("0\r\n\r\n"));
  EXPECT_TRUE(fresh.is_closed());
}

/// Every "$ref" in a value.
void collect_references(const json::value& value, std::set<std::string>& references) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      if (key == "$ref") references.emplace(member.as_string());
      collect_references(member, references);
    }
  }
  if (const auto* array = value.if_array())
    for (const auto& item : *array) collect_references(item, references);
}

TEST_F(OtherHooks, AreAllDescribed) {
  const json::value description = json::parse(to_text(openapi_of(server.router())));
  std::set<std::string> ids;
  for (const auto& [path, route] : server.router().routes())
    for (const auto& [method, operation] : route.operations) {
      std::string lower = method;
      for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      const json::object& told = description.at("paths").at(path).at(lower).as_object();
      EXPECT_FALSE(told.at("summary").as_string().empty()) << method << " " << path;
      EXPECT_FALSE(told.at("responses").as_object().empty()) << method << " " << path;
      EXPECT_TRUE(ids.emplace(told.at("operationId").as_string()).second) << "an operationId twice";
    }
  EXPECT_GE(ids.size(), 14U);
  std::set<std::string> references;
  collect_references(description, references);
  for (const std::string& reference : references) {
    const std::string prefix = "#/components/schemas/";
    ASSERT_THAT(reference, StartsWith(prefix));
    EXPECT_TRUE(openapi_schemas().contains(reference.substr(prefix.size()))) << reference;
  }
}

TEST_F(OtherHooks, AreDescribedWithEveryStatus) {
  const std::string pipeline = "/v1/pipelines/{pipeline}", run = pipeline + "/runs/{run_id}";
  const std::vector<std::pair<std::string, std::string>> expected{
      {"put " + run, "200 201 400 401 404 409 413 422 503"},
      {"get " + run, "200 304 400 401 404 422 503"},
      {"get " + run + "/done", "200 304 401 404 503"},
      {"get " + run + "/result", "200 304 400 401 404 409 410 422 424 503"},
      {"get " + run + "/steps/{step}", "200 304 400 401 404 422 503"},
      {"get " + run + "/log", "200 304 400 401 404 422 503"},
      {"post " + run + "/cancel", "200 202 400 401 404 422 503"},
      {"post " + run + "/retry", "202 400 401 404 409 413 422 503"},
      {"get /v1/pipelines", "200 304 400 401 422 503"},
      {"get " + pipeline, "200 304 400 401 404 422 503"},
      {"get " + pipeline + "/runs", "200 304 400 401 404 422 503"},
      {"post " + pipeline + "/drift", "200 202 400 401 404 409 410 413 422 424 503"},
      {"post " + pipeline + "/promote", "200 202 400 401 404 409 410 413 422 424 503"},
      {"post " + pipeline + "/rollback", "200 202 400 401 404 409 410 413 422 424 503"},
      {"get /v1/events", "200 304 400 401 422 503"}};
  const json::value description = openapi_of(server.router());
  const auto responses_of = [&](const std::string& method, const std::string& path) {
    return description.at("paths").at(path).at(method).at("responses").as_object();
  };
  size_t count = 0;
  for (const auto& [path, route] : server.router().routes()) count += route.operations.size();
  EXPECT_EQ(count, expected.size()) << "a hook without its line here";
  for (const auto& [hook, all] : expected) {
    const size_t blank = hook.find(' ');
    std::set<std::string> statuses;
    for (const auto& [status, response] : responses_of(hook.substr(0, blank), hook.substr(blank + 1)))
      statuses.emplace(status);
    EXPECT_EQ(join({statuses.begin(), statuses.end()}, " "), all) << hook;
  }
  EXPECT_THAT(to_text(responses_of("put", run).at("503")), HasSubstr("pipeline-busy, queue-full"));
  EXPECT_THAT(to_text(responses_of("post", pipeline + "/promote").at("503")), HasSubstr("no-runner"));
  EXPECT_THAT(to_text(responses_of("post", pipeline + "/rollback").at("503")), HasSubstr("no-runner"));
  EXPECT_THAT(to_text(responses_of("post", pipeline + "/drift").at("503")), Not(HasSubstr("no-runner")));
}

TEST_F(OtherHooks, AnswerWithTheStatusesDescribed) {
  server.put("a");
  const std::string run = "/v1/pipelines/rent/runs/a";
  EXPECT_EQ(server.ask("POST", run + "/cancel?now=1").status, 422);
  EXPECT_EQ(server.ask("GET", run + "/log?limit=201").status, 422);
  EXPECT_EQ(server.ask("GET", "/v1/pipelines/rent/runs?limit=51").status, 422);
  EXPECT_EQ(server.ask("GET", "/v1/events?limit=101").status, 422);
  EXPECT_EQ(server.ask("GET", "/v1/events?kind=%z").status, 400);
  const std::string long_body(size_t{8 << 20} + 1, 'x');
  for (const char* hook : {"/drift", "/promote", "/rollback", "/runs/a/retry"})
    EXPECT_EQ(server.ask("POST", std::string("/v1/pipelines/rent") + hook, long_body).status, 413) << hook;
  EXPECT_EQ(server.put("b", std::string(65'537, ' ') + "{}").status, 413);
  finish_next(promoted());
  const Response done = server.ask("GET", run + "/done");
  EXPECT_EQ(server.ask("GET", run + "/done", "", "If-None-Match: " + done.headers.at("etag") + "\r\n").status, 304);
}

/// Every key of a reply is described, and every key that must be there is.
void expect_fits(const json::object& reply, const std::string& schema) {
  const json::object& described = openapi_schemas().at(schema).as_object();
  for (const auto& name : described.at("required").as_array())
    EXPECT_TRUE(reply.contains(name.as_string())) << schema << " lacks " << name;
}

TEST_F(OtherHooks, AnswerAsDescribed) {
  server.put("a");
  const json::object run = get("/v1/pipelines/rent/runs/a");
  expect_fits(run, "Run");
  for (const auto& [key, value] : run)
    EXPECT_TRUE(openapi_schemas().at("Run").at("properties").as_object().contains(key)) << key;
  expect_fits(get("/v1/pipelines/rent/runs/a/log"), "Log");
  expect_fits(get("/v1/pipelines"), "Pipelines");
  expect_fits(get("/v1/pipelines/rent"), "Pipeline");
  expect_fits(get("/v1/pipelines/rent/runs"), "Runs");
  expect_fits(get("/v1/events"), "Events");
  expect_fits(json_of(server.ask("GET", "/v1/pipelines/rent/runs/b")), "Problem");
  expect_fits(json_of(server.ask("GET", "/v1/pipelines/rent/runs/b/done")), "RunState");
  finish_next(promoted());
  expect_fits(get("/v1/pipelines/rent/runs/a/result"), "Result");
}

}  // namespace
}  // namespace veleta::testing
