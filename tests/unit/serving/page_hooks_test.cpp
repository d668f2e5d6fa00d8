#include <gmock/gmock.h>

#include "http_target.hpp"
#include "openapi.hpp"
#include "run_hooks.hpp"

// The pages that browsers get where schedulers get JSON, over real sockets.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kBrowser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n";
constexpr const char* kHostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;";

class PageHooks : public RunHooks {
 protected:
  Response page(const std::string& path, const std::string& headers = "") {
    return server.ask("GET", path, "", kBrowser + headers);
  }
  std::string run_page(const std::string& run_id) { return page(kRun + run_id).body; }

  /// What a run leaves in the store, with `text` wherever a text can stand.
  void keep_decision(const std::string& run_id, const std::string& text) {
    server.store().start_run("rent", run_id);
    server.store().finish_step(run_id, {"ingest", {{"outcome", "batch"}}, 1000, 3500});
    DecisionRecord decision;
    decision.run_id = run_id;
    decision.pipeline = "rent";
    decision.batch_id = text;
    decision.action = "train";
    decision.outcome = "promoted";
    decision.record = {
        {"decide", {{"reasons", json::array{json::object{{"code", text}, {"sentence", text}}}}}},
        {"detect",
         {{"drift",
           {{"results", json::array{json::object{{"column", "rooms"}, {"detector", "ks"}, {"verdict", "stable"}},
                                    json::object{{"column", text},
                                                 {"detector", text},
                                                 {"verdict", "drifted"},
                                                 {"effect", 0.25},
                                                 {"adjusted_p", 0.001},
                                                 {"detail", text}}}}}}}}};
    server.store().finish_run(run_id, RunState::kSucceeded, "promoted", text, &decision);
  }
};

TEST_F(PageHooks, AreForThoseWhoPreferThem) {
  server.put("a");
  const std::string path = std::string(kRun) + "a";
  const Response html = page(path);
  EXPECT_EQ(html.status, 200);
  EXPECT_EQ(html.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(html.headers.at("vary"), "Accept");
  EXPECT_THAT(html.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
  for (const char* accept :
       {"", "Accept: */*\r\n", "Accept: application/json\r\n", "Accept: text/html;q=0.1, */*\r\n"}) {
    const Response json = server.ask("GET", path, "", accept);
    EXPECT_EQ(json.headers.at("content-type"), "application/json") << accept;
    EXPECT_EQ(json.headers.at("vary"), "Accept");
    EXPECT_NE(json.headers.at("etag"), html.headers.at("etag"));
  }
  EXPECT_EQ(json_of(page(path + "?as=json")).at("run_id"), "a");
  EXPECT_EQ(page(path + "?as=xml").reason, "bad-as");
  EXPECT_EQ(page(path, "If-None-Match: " + html.headers.at("etag") + "\r\n").status, 304);
}

TEST_F(PageHooks, ShowARunWhileItGoesOn) {
  server.put("a");
  EXPECT_THAT(run_page("a"), HasSubstr("<span class=\"state queued\">queued</span>"));
  EXPECT_THAT(run_page("a"), HasSubstr("http-equiv=\"refresh\""));
  const Claim claim = server.claim();
  server.store().start_run("rent", "a");
  server.store().finish_step("a", {"ingest", {{"outcome", "batch"}}, 1000, 3500});
  server.report(claim, "validate", 0.5, "row 50 of 100");
  server.queue().append_log("rent", "a", {{0, 1, "warning", "rooms is odd"}});
  const std::string running = run_page("a");
  EXPECT_THAT(running, HasSubstr("<li class=\"finished\">"));
  EXPECT_THAT(running, HasSubstr("2.5 s"));
  EXPECT_THAT(running, HasSubstr("<li class=\"running\">"));
  EXPECT_THAT(running, HasSubstr("row 50 of 100"));
  EXPECT_THAT(running, HasSubstr("<progress max=\"1\" value=\"0.5000\""));
  EXPECT_THAT(running, HasSubstr("warning rooms is odd"));
  for (const std::string_view step : kRunSteps) EXPECT_THAT(running, HasSubstr(std::string(step)));
}

TEST_F(PageHooks, ShowWhatCameOfARun) {
  server.put("a");
  const Claim claim = server.claim();
  keep_decision("a", "rooms grew");
  server.finish(claim, promoted());
  const std::string ended = run_page("a");
  EXPECT_THAT(ended, Not(HasSubstr("http-equiv=\"refresh\"")));
  EXPECT_THAT(ended, HasSubstr("Promoted: mae 1 against 2."));
  EXPECT_THAT(ended, HasSubstr("<dt>Batch</dt><dd>3</dd>"));
  EXPECT_THAT(ended, HasSubstr("<td>rooms grew</td>"));
  EXPECT_LT(ended.find("state drifted"), ended.find("state stable")) << "what drifted comes first";
  EXPECT_THAT(ended, HasSubstr("<td>mae</td><td>1.5</td><td>2.5</td>"));
  EXPECT_THAT(ended, HasSubstr("href=\"/v1/pipelines/rent/runs/a?as=json\""));
}

TEST_F(PageHooks, ShowWhyARunFailed) {
  server.put("a");
  fail();
  EXPECT_THAT(run_page("a"), HasSubstr("unavailable in step train"));
  EXPECT_THAT(run_page("a"), HasSubstr("the disk is full"));
  EXPECT_THAT(run_page("a"), HasSubstr("<li class=\"failed\">"));
}

TEST_F(PageHooks, AreDescribed) {
  const json::value description = openapi_of(server.router());
  for (const char* path : {"/v1/pipelines", "/v1/pipelines/{pipeline}", "/v1/pipelines/{pipeline}/runs",
                           "/v1/pipelines/{pipeline}/runs/{run_id}", "/v1/pipelines/{pipeline}/runs/{run_id}/log"}) {
    const json::value& get = description.at("paths").at(path).at("get");
    const json::object& contents = get.at("responses").at("200").at("content").as_object();
    EXPECT_TRUE(contents.contains("text/html")) << path;
    EXPECT_TRUE(contents.contains("application/json")) << path;
    EXPECT_THAT(json::serialize(get.at("parameters")), HasSubstr("\"name\":\"as\"")) << path;
  }
}

TEST_F(PageHooks, WaitAsJsonDoes) {
  server.put("a");
  TestClient waiting(server.port());
  waiting.send(request_text("GET", std::string(kRun) + "a?wait=30s", "", kBrowser));
  server.finish(server.claim(), promoted());
  EXPECT_THAT(waiting.receive().body, HasSubstr("state succeeded"));
}

TEST_F(PageHooks, ShowHostileTextsAsTexts) {
  const auto expect_harmless = [](const std::string& body, const std::string& what) {
    EXPECT_THAT(body, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;")) << what;
    EXPECT_THAT(body, Not(HasSubstr("<script"))) << what;
    EXPECT_THAT(body, Not(HasSubstr("<img"))) << what;
    EXPECT_THAT(body, Not(HasSubstr("\"'>"))) << what;
  };
  PipelineCard card = rent_card();
  card.task = card.target = card.schedule = card.file = kHostile;
  card.parameters = card.grounds = {kHostile};
  PipelineCard named = card;
  named.name = kHostile;
  server.queue().announce("runner", {card, named});
  expect_harmless(page("/v1/pipelines").body, "pipelines");
  expect_harmless(page("/v1/pipelines/rent").body, "a pipeline");

  server.put("a");
  Claim claim = server.claim();
  server.report(claim, kHostile, 0.5, kHostile);
  server.queue().append_log("rent", "a", {{0, 1, kHostile, kHostile}});
  expect_harmless(run_page("a"), "a running one");
  expect_harmless(page(std::string(kRun) + "a/log").body, "a log");
  keep_decision("a", kHostile);
  RequestEnd end = promoted();
  end.outcome = end.sentence = kHostile;
  end.result = {{"batch", kHostile}, {"action", kHostile}, {"learner", kHostile}, {"metrics", {{kHostile, 1}}}};
  server.finish(claim, end);
  expect_harmless(run_page("a"), "an ended one");
  expect_harmless(page("/v1/pipelines/rent/runs").body, "runs");

  server.put("b");
  server.finish(server.claim(), {RequestState::kFailed, kHostile, kHostile, kHostile, kHostile, {}});
  expect_harmless(run_page("b"), "a failed one");

  // Ids that the hooks do not take may still stand in a store.
  NewRequest strange;
  strange.pipeline = strange.id = kHostile;
  strange.body = "{}";
  strange.kind = RequestKind::kDrift;
  server.queue().submit(strange);
  const std::string path = "/v1/pipelines/" + percent_encoded(kHostile) + "/runs/";
  expect_harmless(page(path + percent_encoded(kHostile)).body, "a strange id");
  expect_harmless(page("/v1/pipelines/" + percent_encoded(kHostile) + "/runs").body, "strange ids");
}

TEST_F(PageHooks, ListPipelinesAndRunsWithLinks) {
  for (int i = 0; i < 5; ++i) server.put("run:" + std::to_string(i));
  EXPECT_THAT(page("/v1/pipelines").body, HasSubstr("<a href=\"/v1/pipelines/rent\">rent</a>"));
  EXPECT_THAT(page("/v1/pipelines/rent").body, HasSubstr("<a href=\"/v1/pipelines/rent/runs/run:4\">run:4</a>"));
  const std::string runs = page("/v1/pipelines/rent/runs?limit=2&state=queued&since=2020-01-01T00:00:00%2B02:00").body;
  EXPECT_THAT(runs, HasSubstr("runs/run:3\""));
  EXPECT_THAT(runs, Not(HasSubstr("runs/run:2\"")));
  const size_t begin = runs.find("/v1/pipelines/rent/runs?cursor=");
  ASSERT_NE(begin, std::string::npos);
  std::string older = runs.substr(begin, runs.find('"', begin) - begin);
  for (size_t at; (at = older.find("&amp;")) != std::string::npos;) older.replace(at, 5, "&");
  const Response next = page(older);
  EXPECT_EQ(next.status, 200) << next.body;
  EXPECT_THAT(next.body, HasSubstr("runs/run:2\""));
  EXPECT_THAT(next.body, Not(HasSubstr("runs/run:3\"")));
}

TEST_F(PageHooks, TellALogPageByPage) {
  server.put("a");
  server.queue().append_log("rent", "a", {{0, 1, "info", "first"}, {0, 2, "info", "second"}});
  const std::string log = page(std::string(kRun) + "a/log?limit=1").body;
  EXPECT_THAT(log, HasSubstr("first"));
  EXPECT_THAT(log, Not(HasSubstr("second")));
  EXPECT_THAT(log, HasSubstr("log?after="));
  EXPECT_EQ(server.ask("GET", std::string(kRun) + "a/log", "", "Accept: text/plain\r\n").headers.at("content-type"),
            "text/plain; charset=utf-8");
}

}  // namespace
}  // namespace veleta::testing
