#include "http_service.hpp"

#include <gmock/gmock.h>

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
    return service.serve({method, path, "", "", id, ""});
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
