#include "prediction_routes.hpp"

#include <gmock/gmock.h>

#include "http_service.hpp"

namespace veleta {
namespace {

/// The prediction routes of a server whose model is not there yet.
class PredictionRoutesTest : public ::testing::Test {
 protected:
  PredictionRoutesTest() {
    routes.add_to(router);
    metrics.add_routes(router.routes());
  }
  static HttpRequest request(const std::string& path, size_t body_bytes) {
    return {"POST", path, "", "", "", std::string(body_bytes, ' ')};
  }

  ModelHolder models{{[] { return std::optional<ModelVersion>(); }, [](const ModelVersion&) { return ServedModel(); }},
                     [](const ReloadStatus&, const ServedModel*) {}};
  InferenceLog log{[](const auto&, const auto&) {}};
  ServerMetrics metrics;
  PredictionRoutes routes{"houses", 10, models, log, metrics};
  HttpRouter router;
  HttpService service{router, metrics};
};

TEST_F(PredictionRoutesTest, LetFewRowsBeServedAtOnceAndManyBesideOthers) {
  EXPECT_FALSE(service.takes_long(request("/predict", 300)));
  EXPECT_FALSE(service.takes_long(request("/explain", 300)));
  EXPECT_FALSE(service.takes_long(request("/predict", 20'000)));
  EXPECT_TRUE(service.takes_long(request("/explain", 20'000)));
  EXPECT_TRUE(service.takes_long(request("/predict", 1'000'000)));
}

TEST_F(PredictionRoutesTest, CountEveryRequestInTheLog) {
  EXPECT_EQ(service.serve(request("/predict", 2)).status, 503);
  EXPECT_EQ(service.serve(request("/explain", 2)).status, 503);
  log.stop();
  EXPECT_EQ(log.figures().written_rows, 2U);
}

}  // namespace
}  // namespace veleta
