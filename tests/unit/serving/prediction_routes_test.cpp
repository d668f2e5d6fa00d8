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
  HttpLane lane(const std::string& path, size_t body_bytes, const std::string& query = "") {
    HttpRequest request{"POST", path, "", "", "", std::string(body_bytes, ' '), query};
    return service.admit(request);
  }
  HttpReply ask(const std::string& path) {
    HttpRequest request{"POST", path, "", "", "", "  "};
    service.admit(request);
    return service.serve(request);
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
  EXPECT_EQ(lane("/predict", 300), HttpLane::kQuick);
  EXPECT_EQ(lane("/explain", 300), HttpLane::kQuick);
  EXPECT_EQ(lane("/predict", 20'000), HttpLane::kQuick);
  EXPECT_EQ(lane("/explain", 20'000), HttpLane::kSlow);
  EXPECT_EQ(lane("/predict", 1'000'000), HttpLane::kSlow);
}

TEST_F(PredictionRoutesTest, LetWhatTheQueryAsksForBeServedBesideOthers) {
  EXPECT_EQ(lane("/predict", 300, "explain=top5"), HttpLane::kQuick);
  EXPECT_EQ(lane("/predict", 20'000, "explain=top5"), HttpLane::kSlow);
  EXPECT_EQ(lane("/predict", 300, "explain=top5&interactions=all"), HttpLane::kSlow);
  EXPECT_EQ(lane("/explain", 300, "interactions=all"), HttpLane::kSlow);
}

TEST_F(PredictionRoutesTest, CountEveryRequestInTheLog) {
  EXPECT_EQ(ask("/predict").status, 503);
  EXPECT_EQ(ask("/explain").status, 503);
  log.stop();
  EXPECT_EQ(log.figures().written_rows, 2U);
}

}  // namespace
}  // namespace veleta
