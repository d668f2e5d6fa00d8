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

}  // namespace
}  // namespace veleta
