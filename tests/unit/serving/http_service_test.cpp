#include "http_service.hpp"

#include <gmock/gmock.h>
#include <functional>
#include <stdexcept>

#include "base/json.hpp"
#include "http_problem.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string header(const HttpReply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "";
}

class HttpServiceTest : public ::testing::Test {
 protected:
  HttpServiceTest() {
    router.add("GET", "/ok", [](const HttpRequest& request) { return HttpReply{200, "text/plain", {}, request.id}; });
    router.add("POST", "/predict", [](const HttpRequest&) -> HttpReply {
      throw HttpProblem(422, "wrong", {{"/bed", "Expected a number, found a string.", "a number", "a string"}});
    });
    router.add("GET", "/throw",
               [](const HttpRequest&) -> HttpReply { throw Error(ErrorCode::kPlugin, "xgboost said: secret 4711"); });
    metrics.add_routes(router.routes());
  }

  HttpReply ask(const std::string& method, const std::string& path, const std::string& id = "") {
    return serve({method, path, "", "", id, ""});
  }
  HttpReply serve(HttpRequest request) {
    service.admit(request);
    return service.serve(request);
  }
  std::string figures() { return metrics.render({}, {}); }

  HttpRouter router;
  ServerMetrics metrics;
  HttpService service{router, metrics};
};

TEST_F(HttpServiceTest, KeepsASaneRequestIdAndReplacesOthers) {
  EXPECT_EQ(ask("GET", "/ok", "abc-123").body, "abc-123");
  EXPECT_EQ(header(ask("GET", "/ok", "abc-123"), "X-Request-Id"), "abc-123");
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\r\nSet-Cookie: x"),
                                 std::string(129, 'a'), std::string("\xc3\xa9")}) {
    const HttpReply reply = ask("GET", "/ok", bad);
    EXPECT_NE(reply.body, bad);
    EXPECT_EQ(reply.body.size(), 26U) << "a new id";
    EXPECT_EQ(header(reply, "X-Request-Id"), reply.body);
  }
}

TEST_F(HttpServiceTest, TellsAnUnknownPathWithTheNearestRoute) {
  const HttpReply reply = ask("POST", "/predictt");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.content_type, "application/problem+json");
  EXPECT_THAT(reply.body, HasSubstr("Did you mean '/predict'?"));
}

TEST_F(HttpServiceTest, TellsWhatARouteAnswers) {
  const HttpReply reply = ask("GET", "/predict");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(header(reply, "Allow"), "POST");
  EXPECT_EQ(header(ask("DELETE", "/ok"), "Allow"), "GET, HEAD");
}

TEST_F(HttpServiceTest, AnswersHeadAsGet) { EXPECT_EQ(ask("HEAD", "/ok").status, 200); }

TEST_F(HttpServiceTest, WritesProblemsAsRfc9457HasThem) {
  const HttpReply reply = ask("POST", "/predict", "my-id");
  EXPECT_EQ(reply.content_type, "application/problem+json");
  EXPECT_EQ(json::parse(reply.body), json::parse(R"({"type": "about:blank", "title": "Unprocessable Content",
      "status": 422, "detail": "wrong", "request_id": "my-id", "errors": [{"pointer": "/bed",
      "detail": "Expected a number, found a string.", "expected": "a number", "received": "a string"}]})"));
}

TEST_F(HttpServiceTest, KeepsTheServersFaultsToItself) {
  const HttpReply reply = ask("GET", "/throw");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, Not(HasSubstr("4711")));
}

TEST_F(HttpServiceTest, TellsAProblemsCodeInTheReasonPhraseAndTheBody) {
  router.add("GET", "/coded", [](const HttpRequest&) -> HttpReply {
    throw HttpProblem(422, "There is no key 'bach'.").with_code("unknown-key:bach");
  });
  metrics.add_routes(router.routes());
  const HttpReply reply = ask("GET", "/coded");
  EXPECT_EQ(reply.reason, "unknown-key:bach");
  EXPECT_EQ(json::parse(reply.body).at("code"), "unknown-key:bach");
  EXPECT_EQ(ask("GET", "/ok").reason, "");
}

/// Routes as those below /v1 are: behind a token, on a store.
class GuardedRoutesTest : public ::testing::Test {
 protected:
  GuardedRoutesTest() {
    const auto add = [this](const std::string& path, RouteHandler handler, RouteDoc doc = {}) -> HttpRoute& {
      HttpRoute& route = router.add("GET", path, std::move(handler), std::move(doc));
      route.needs_token = route.uses_store = true;
      return route;
    };
    add("/v1/runs/{run}",
        [](const HttpRequest& request) {
          return HttpReply{200, "text/plain", {}, request.path_parameter("run")};
        },
        {.summary = "a run", .query = {{"wait", "string", ""}}});
    add("/v1/runs/{run}/done", [this](const HttpRequest&) -> HttpReply { return done(); }).is_for_sensors = true;
    router.add("GET", "/open", [](const HttpRequest&) { return HttpReply(); });
    metrics.add_routes(router.routes());
  }
  HttpReply ask(const std::string& path, const std::string& authorization = "Bearer s3cret",
                const std::string& query = "", const std::string& method = "GET") {
    HttpRequest request{method, path, "", "", "", ""};
    request.query = query;
    request.authorization = authorization;
    request.if_none_match = if_none_match;
    service.admit(request);
    return service.serve(request);
  }

  std::function<HttpReply()> done = [] { return HttpReply(); };
  std::string if_none_match;
  HttpRouter router;
  ServerMetrics metrics;
  HttpService service{router, metrics, "s3cret"};
};

TEST_F(GuardedRoutesTest, WantTheTokenAndNoOther) {
  EXPECT_EQ(ask("/v1/runs/a").status, 200);
  EXPECT_EQ(ask("/v1/runs/a", "bearer s3cret").status, 200) << "a scheme's case does not matter";
  for (const char* wrong :
       {"", "s3cret", "Basic s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret ", "Bearer s3crets"}) {
    const HttpReply reply = ask("/v1/runs/a", wrong);
    EXPECT_EQ(reply.status, 401) << wrong;
    EXPECT_EQ(header(reply, "WWW-Authenticate"), "Bearer realm=\"veleta\"");
    EXPECT_THAT(reply.reason, ::testing::StartsWith("token-"));
    EXPECT_GE(reply.delay.count(), 1000) << "a client that asks again at once is slowed down";
    EXPECT_LE(reply.delay.count(), 2000);
    EXPECT_THAT(reply.body, Not(HasSubstr("s3cret")));
  }
  EXPECT_EQ(ask("/open", "").status, 200);
}

TEST_F(GuardedRoutesTest, RefuseWithoutAskingTheHandler) {
  done = []() -> HttpReply { throw std::logic_error("asked"); };
  EXPECT_EQ(ask("/v1/runs/a/done", "").status, 401);
}

TEST_F(GuardedRoutesTest, ForSensorsAnswerNothingBut404And503WhateverIsWrong) {
  for (const int status : {400, 404, 405, 409, 413, 422, 424, 425, 429}) {
    done = [&]() -> HttpReply { throw HttpProblem(status, "").with_code("so"); };
    EXPECT_EQ(ask("/v1/runs/a/done").status, 404) << status;
  }
  for (const int status : {500, 501, 502, 503, 504}) {
    done = [&]() -> HttpReply { throw HttpProblem(status, ""); };
    EXPECT_EQ(ask("/v1/runs/a/done").status, 503) << status;
  }
  done = []() -> HttpReply { throw std::runtime_error("a fault"); };
  EXPECT_EQ(ask("/v1/runs/a/done").status, 503);
  done = []() -> HttpReply { throw 7; };
  EXPECT_EQ(ask("/v1/runs/a/done").status, 503);
  done = [] { return HttpReply(); };
  EXPECT_EQ(ask("/v1/runs/%zz/done").status, 404);
  EXPECT_EQ(ask("/v1/runs/a/done", "Bearer s3cret", "wait=%").status, 200) << "what it does not know is passed over";
  EXPECT_EQ(ask("/v1/runs/a/done", "Bearer s3cret", "", "POST").status, 404);
}

TEST_F(GuardedRoutesTest, RefuseParametersThatTheyDoNotTake) {
  EXPECT_EQ(ask("/v1/runs/a", "Bearer s3cret", "wait=20s").status, 200);
  const HttpReply reply = ask("/v1/runs/a", "Bearer s3cret", "wiat=20s");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.reason, "unknown-parameter:wiat");
  EXPECT_THAT(reply.body, HasSubstr("Did you mean 'wait'?"));
}

TEST_F(GuardedRoutesTest, TellBadEscapes) {
  const HttpReply reply = ask("/v1/runs/%zz");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.reason, "bad-escape");
}

TEST_F(GuardedRoutesTest, SendNoBodyThatTheClientHas) {
  const HttpReply first = ask("/v1/runs/a");
  EXPECT_EQ(first.body, "a");
  if_none_match = header(first, "ETag");
  const HttpReply second = ask("/v1/runs/a");
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_EQ(header(second, "ETag"), if_none_match);
  EXPECT_EQ(ask("/v1/runs/b").status, 200) << "another one";
}

TEST_F(GuardedRoutesTest, AreCountedByTheirTemplates) {
  for (const char* run : {"a", "b", "c"}) ask(std::string("/v1/runs/") + run);
  EXPECT_THAT(metrics.render({}, {}),
              HasSubstr("veleta_http_requests_total{code=\"200\",method=\"GET\",route=\"/v1/runs/{run}\"} 3"));
}

TEST_F(GuardedRoutesTest, AreCountedOnceWhenTheyAreHeldBack) {
  done = [] {
    HttpReply reply;
    reply.hold = HttpHold{};
    return reply;
  };
  HttpRequest request{"GET", "/v1/runs/a/done", "", "", "", ""};
  request.authorization = "Bearer s3cret";
  service.admit(request);
  for (int ask = 0; ask < 3; ++ask) service.serve(request);
  const auto counted = [&](int count) {
    return HasSubstr("veleta_http_request_duration_seconds_count{route=\"/v1/runs/{run}/done\"} " +
                     std::to_string(count));
  };
  EXPECT_THAT(metrics.render({}, {}), counted(0));
  request.must_answer = true;
  service.serve(request);
  EXPECT_THAT(metrics.render({}, {}), counted(1));
  EXPECT_THAT(metrics.render({}, {}), HasSubstr("veleta_http_requests_in_flight 0"));
}

TEST_F(HttpServiceTest, CountsByRouteMethodAndCode) {
  ask("GET", "/ok");
  ask("GET", "/ok");
  ask("POST", "/predict");
  const std::string text = figures();
  EXPECT_THAT(text, HasSubstr("veleta_http_requests_total{code=\"200\",method=\"GET\",route=\"/ok\"} 2"));
  EXPECT_THAT(text, HasSubstr("veleta_http_requests_total{code=\"422\",method=\"POST\",route=\"/predict\"} 1"));
  EXPECT_THAT(text, HasSubstr("veleta_http_requests_total{code=\"500\",method=\"POST\",route=\"/predict\"} 0"));
  EXPECT_THAT(text, HasSubstr("veleta_http_request_duration_seconds_count{route=\"/ok\"} 2"));
  EXPECT_THAT(text, HasSubstr("veleta_http_requests_in_flight 0"));
}

TEST_F(HttpServiceTest, BoundsItsLabelsWhateverClientsAskFor) {
  ask("GET", "/a");
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  ask("BREW", "/a");
  const auto before = lines(figures());
  for (int path = 0; path < 100; ++path) {
    ask("GET", "/random/" + std::to_string(path));
    ask("M" + std::to_string(path), "/random");
  }
  EXPECT_EQ(lines(figures()), before);
  EXPECT_THAT(figures(), HasSubstr("veleta_http_requests_total{code=\"404\",method=\"GET\",route=\"other\"} 101"));
}

TEST_F(HttpServiceTest, TellsTheModelThatServesAndNoOther) {
  ModelVersion version;
  version.model = "realty";
  for (const int number : {1, 2}) {
    version.version = number;
    const ServedModel model{version, "abc", 1, nullptr};
    metrics.reload_ended({ReloadOutcome::kSwapped, "", number, 1}, &model);
  }
  metrics.reload_ended({ReloadOutcome::kFailed, "broken", 3, 1}, nullptr);
  EXPECT_THAT(figures(), HasSubstr("veleta_model_info{digest=\"abc\",name=\"realty\",version=\"2\"} 1"));
  EXPECT_THAT(figures(), Not(HasSubstr("version=\"1\"")));
  EXPECT_THAT(figures(), HasSubstr("veleta_model_reloads_total{result=\"success\"} 2"));
  EXPECT_THAT(figures(), HasSubstr("veleta_model_reloads_total{result=\"failure\"} 1"));
}

TEST_F(HttpServiceTest, TellsTheInferenceLogAndTheProcess) {
  const std::string text = metrics.render({11, 12, 13, 14}, {});
  EXPECT_THAT(text, HasSubstr("veleta_inference_log_rows_total{result=\"written\"} 11"));
  EXPECT_THAT(text, HasSubstr("veleta_inference_log_rows_total{result=\"dropped\"} 12"));
  EXPECT_THAT(text, HasSubstr("veleta_inference_log_rows_total{result=\"failed\"} 13"));
  EXPECT_THAT(text, HasSubstr("veleta_inference_log_queue_rows 14"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0")));
}

}  // namespace
}  // namespace veleta
