#include "operation_routes.hpp"

#include <gmock/gmock.h>

#include "http_service.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;

/// The operation routes of a server without a model: its registry names one that cannot be loaded, or none.
class OperationRoutesTest : public ::testing::Test {
 protected:
  OperationRoutesTest() {
    operations.add_to(router);
    metrics.add_routes(router.routes());
  }
  HttpReply ask(const std::string& method, const std::string& path) {
    HttpRequest request{method, path, "", "", "", ""};
    service.admit(request);
    return service.serve(request);
  }
  json::object json_of(const HttpReply& reply) { return json::parse(reply.body).as_object(); }

  std::optional<ModelVersion> production;
  ModelHolder models{{[this] { return production; },
                      [](const ModelVersion&) -> ServedModel { throw Error(ErrorCode::kBadData, "broken file"); }},
                     [](const ReloadStatus&, const ServedModel*) {}};
  InferenceLog log{[](const auto&, const auto&) {}};
  ServerMetrics metrics;
  std::atomic<bool> draining{false};
  OperationRoutes operations{models, log, metrics, draining};
  HttpRouter router;
  HttpService service{router, metrics};
};

TEST_F(OperationRoutesTest, IsAliveWithoutAModel) { EXPECT_EQ(ask("GET", "/healthz").status, 200); }

TEST_F(OperationRoutesTest, ListsItsRoutes) {
  const HttpReply reply = ask("GET", "/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json_of(reply).at("routes").at("/reload"), "POST");
  EXPECT_EQ(json_of(reply).at("routes").at("/model"), "GET, HEAD");
}

TEST_F(OperationRoutesTest, IsNotReadyWithoutAModelAndSaysWhy) {
  EXPECT_EQ(ask("GET", "/readyz").status, 503);
  ask("POST", "/reload");
  EXPECT_THAT(ask("GET", "/readyz").body, HasSubstr("no version has the alias 'production'"));
  EXPECT_EQ(ask("GET", "/model").status, 503);
}

TEST_F(OperationRoutesTest, IsNotReadyWhenItStops) {
  draining = true;
  EXPECT_THAT(ask("GET", "/readyz").body, HasSubstr("the server is stopping"));
}

TEST_F(OperationRoutesTest, TellsAReloadThatHasNothingToLoadFromOneThatFails) {
  EXPECT_EQ(ask("POST", "/reload").status, 409);
  production.emplace().version = 7;
  const HttpReply failed = ask("POST", "/reload");
  EXPECT_EQ(failed.status, 502);
  EXPECT_THAT(failed.body, HasSubstr("nothing serves: version 7 cannot be loaded: broken file"));
  EXPECT_EQ(json_of(ask("GET", "/readyz")).at("reload").at("version"), "7");
}

}  // namespace
}  // namespace veleta
