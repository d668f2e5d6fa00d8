#include "http_router.hpp"

#include <gmock/gmock.h>

#include "http_problem.hpp"
#include "http_target.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class HttpRouterTest : public ::testing::Test {
 protected:
  HttpRouterTest() {
    for (const char* path : {"/", "/predict", "/runs", "/runs/{run}", "/runs/{run}/done", "/runs/newest/done"})
      router.add("GET", path, [](const HttpRequest&) { return HttpReply(); });
  }
  HttpRequest match(const std::string& path) {
    HttpRequest request{"GET", path, "", "", "", ""};
    router.match(request);
    return request;
  }
  /// The template that a path fits; empty: none.
  std::string route(const std::string& path) {
    const HttpRequest request = match(path);
    return request.route ? request.route->path : "";
  }
  std::string run_of(const std::string& path) { return match(path).path_parameter("run"); }

  HttpRouter router;
};

TEST_F(HttpRouterTest, FindsLiteralPathsAndTemplates) {
  EXPECT_EQ(route("/"), "/");
  EXPECT_EQ(route("/predict"), "/predict");
  EXPECT_EQ(route("/runs"), "/runs");
  EXPECT_EQ(route("/runs/a"), "/runs/{run}");
  EXPECT_EQ(route("/runs/a/done"), "/runs/{run}/done");
  EXPECT_EQ(route("/runs/newest/done"), "/runs/newest/done") << "a literal segment goes before a parameter";
}

TEST_F(HttpRouterTest, TakesNoOtherPathForARoute) {
  for (const char* path : {"", "*", "predict", "/predict/", "/runs/", "/runs//done", "/runs/a/", "/runs/a/done/",
                           "//runs", "/runs/a/b", "/Runs/a", "/runs/a/done/x"})
    EXPECT_EQ(route(path), "") << path;
}

TEST_F(HttpRouterTest, DecodesEachSegmentOnce) {
  const std::string id = "manual__2026-11-26T08:50:44.141586+00:00";
  EXPECT_EQ(run_of("/runs/" + id + "/done"), id);
  EXPECT_EQ(run_of("/runs/manual__2026-11-26T08%3A50%3A44.141586%2B00%3A00/done"), id);
  EXPECT_EQ(run_of("/runs/manual__2026-11-26T08:50:44.141586%2b00:00/done"), id);
  EXPECT_EQ(run_of("/runs/%2541"), "%41") << "once";
  EXPECT_EQ(run_of("/runs/a%2Fdone"), "a/done") << "an encoded slash parts no segments";
  EXPECT_EQ(route("/%72uns/a/%64one"), "/runs/{run}/done");
}

TEST_F(HttpRouterTest, NotesBadEscapesOfARoute) {
  for (const char* path : {"/runs/%/done", "/runs/%4/done", "/runs/%zz/done", "/runs/a%/done"}) {
    EXPECT_EQ(route(path), "/runs/{run}/done") << path;
    EXPECT_TRUE(match(path).has_bad_escape) << path;
  }
  EXPECT_FALSE(match("/runs/%25/done").has_bad_escape);
}

TEST_F(HttpRouterTest, NamesTheNearestRoute) {
  EXPECT_THAT(router.no_route("/predikt").what(), HasSubstr("Did you mean '/predict'?"));
}

TEST(HttpTarget, ReadsQueriesAsForms) {
  EXPECT_THAT(
      parse_query("wait=20s&kind=a+b%2Bc&flag&x=1&x=2&&"),
      ElementsAre(Pair("wait", "20s"), Pair("kind", "a b+c"), Pair("flag", ""), Pair("x", "1"), Pair("x", "2")));
  EXPECT_EQ(find_field(parse_query("x=1&x=2"), "x"), "2");
  EXPECT_EQ(find_field({}, "x"), std::nullopt);
  EXPECT_THROW(parse_query("x=%"), HttpProblem);
}

TEST(HttpTarget, EncodesWhatAPathCannotHold) {
  EXPECT_EQ(percent_encoded("a b/c:d+e%\xc3\xbc"), "a%20b%2Fc:d+e%25%C3%BC");
  EXPECT_EQ(percent_decoded(percent_encoded("a b/c:d+e%\xc3\xbc")), "a b/c:d+e%\xc3\xbc");
}

}  // namespace
}  // namespace veleta
