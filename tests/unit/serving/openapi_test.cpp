#include "openapi.hpp"

#include <gmock/gmock.h>

#include "json_text.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;

TEST(OpenApi, DescribesWhatIsRegistered) {
  HttpRouter router;
  const auto nothing = [](const HttpRequest&) { return HttpReply(); };
  router
      .add("PUT", "/v1/things/{thing}", nothing,
           {.summary = "Makes a thing",
            .query = {{"wait", "string", "how long"}},
            .body = "Rows",
            .replies = {{201, "made"}},
            .schema = "Problem",
            .problems = {{422, "wrong"}}})
      .needs_token = true;
  router.add("GET", "/v1/things/{thing}", nothing, {.summary = "A thing"});
  const json::value description = openapi_of(router);
  EXPECT_EQ(description.at("openapi"), "3.1.0");
  const json::value& put = description.at("paths").at("/v1/things/{thing}").at("put");
  EXPECT_EQ(put.at("summary"), "Makes a thing");
  EXPECT_EQ(put.at("parameters"), json::parse(R"([
      {"name": "thing", "in": "path", "required": true, "schema": {"type": "string"}},
      {"name": "wait", "in": "query", "required": false, "description": "how long", "schema": {"type": "string"}}])"));
  EXPECT_EQ(put.at("responses").at("201").at("content").at("application/json").at("schema").at("$ref"),
            "#/components/schemas/Problem");
  EXPECT_TRUE(put.at("responses").as_object().contains("422"));
  EXPECT_TRUE(put.at("responses").as_object().contains("401"));
  EXPECT_THAT(to_text(put.at("security")), HasSubstr("token"));
  EXPECT_EQ(description.at("paths").at("/v1/things/{thing}").at("get").at("summary"), "A thing");
}

/// The responses of a route's GET, as they are described.
json::object responses_of(const HttpRouter& router) {
  return openapi_of(router).at("paths").at("/v1/things").at("get").at("responses").as_object();
}

TEST(OpenApi, TellsWhatTheServerAnswersInARoutesStead) {
  HttpRouter router;
  const auto nothing = [](const HttpRequest&) { return HttpReply(); };
  HttpRoute& route = router.add("GET", "/v1/things", nothing, {.summary = "Things", .replies = {{200, "they"}}});
  EXPECT_EQ(responses_of(router).size(), 1U);
  route.refuses_unknown_query = true;
  EXPECT_TRUE(responses_of(router).contains("400"));
  EXPECT_TRUE(responses_of(router).contains("422"));
  EXPECT_FALSE(responses_of(router).contains("304"));
  route.refuses_unknown_query = false;
  route.uses_store = true;
  EXPECT_TRUE(responses_of(router).contains("422"));
  EXPECT_FALSE(responses_of(router).at("304").as_object().contains("content")) << "a 304 has no body";
  route.is_for_sensors = true;
  EXPECT_TRUE(responses_of(router).contains("304"));
  EXPECT_FALSE(responses_of(router).contains("422")) << "sensors are told 404";
  router.add("POST", "/v1/things", nothing, {.summary = "A thing", .body = "RetryBody", .needs_body = false});
  const json::value description = openapi_of(router);
  const json::value& post = description.at("paths").at("/v1/things").at("post");
  EXPECT_EQ(post.at("requestBody").at("required"), false);
  EXPECT_FALSE(post.at("responses").as_object().contains("304"));
}

}  // namespace
}  // namespace veleta
