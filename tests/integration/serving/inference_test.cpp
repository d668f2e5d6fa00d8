#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <atomic>
#include <cmath>

#include "json_text.hpp"
#include "running_server.hpp"

// Every row that was answered is in the store once the server has stopped.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

class Inferences : public ::testing::Test {
 protected:
  Inferences() {
    server.promote(server.publish({}));
    server.start();
  }
  /// Oldest first.
  std::vector<InferenceRecord> logged() {
    std::vector<InferenceRecord> records = server.store->list_inferences(kPipeline, 100000);
    std::reverse(records.begin(), records.end());
    return records;
  }

  RunningServer server;
};

TEST_F(Inferences, AreLoggedRowByRow) {
  const json::object reply = body_of(server.ask("POST", "/predict", R"({"rows": [{"rooms": 2}, {"city": "city 1"}]})"));
  server.stop();
  const std::vector<InferenceRecord> records = logged();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(json::parse(records[0].input), (json::value{{"rooms", 2}}));
  EXPECT_EQ(json::parse(records[1].input), (json::value{{"city", "city 1"}}));
  for (size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(records[row].prediction, reply.at("predictions").at(row).to_number<double>());
    EXPECT_EQ(records[row].request_id, reply.at("request_id").as_string());
    EXPECT_EQ(records[row].model_version, "1");
    EXPECT_EQ(records[row].status, 200);
    EXPECT_EQ(records[row].error, "");
    EXPECT_GT(records[row].time_ms, 0);
    EXPECT_GE(records[row].latency_us, 0);
  }
}

TEST_F(Inferences, ThatFailedAreLoggedWithTheReason) {
  server.ask("POST", "/predict", R"({"rooms": "two"})");
  server.ask("POST", "/explain", "{");
  server.ask("POST", "/predict?explian=all", "{");
  server.ask("POST", "/predict", R"({")" + std::string(100'000, 'x') + R"(": 1})");
  server.stop();
  const std::vector<InferenceRecord> records = logged();
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].status, 422);
  EXPECT_EQ(records[0].input, R"({"rooms": "two"})");
  EXPECT_THAT(records[0].error, HasSubstr("/rooms"));
  EXPECT_TRUE(std::isnan(records[0].prediction));
  EXPECT_EQ(records[1].status, 400);
  EXPECT_EQ(records[2].status, 422);
  EXPECT_EQ(records[2].input, "") << "is no JSON";
  EXPECT_EQ(records[3].status, 422);
  EXPECT_LT(records[3].error.size(), 1100U);
}

TEST_F(Inferences, KeepNoInputThatIsVeryLong) {
  const std::string row = R"({"city": ")" + std::string(10'000, 'x') + R"(", "rooms": 2})";
  EXPECT_EQ(server.ask("POST", "/predict", row).status, 200);
  EXPECT_EQ(server.ask("POST", "/predict", R"({"rooms": ")" + std::string(10'000, 'x') + R"("})").status, 422);
  server.stop();
  const std::vector<InferenceRecord> records = logged();
  ASSERT_EQ(records.size(), 2U);
  for (const auto& record : records) EXPECT_EQ(record.input, "") << record.status;
  EXPECT_FALSE(std::isnan(records[0].prediction));
}

TEST_F(Inferences, AsAnsweredAreAsLoggedWhenTheServerStopsUnderLoad) {
  std::atomic<size_t> answered{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client)
    clients.emplace_back([&] {
      TestClient connection(server.port());
      while (connection.ask("POST", "/predict", R"({"rows": [{"rooms": 1}, {"rooms": 2}]})").status == 200)
        answered += 2;
    });
  while (answered < 400) std::this_thread::yield();
  server.stop();
  for (auto& client : clients) client.join();
  EXPECT_EQ(logged().size(), answered);
}

TEST_F(Inferences, AreCounted) {
  server.ask("POST", "/predict", R"({"rows": [{}, {}, {}]})");
  server.ask("POST", "/explain", "{}");
  // A request is counted once its reply is out, which the client may see first.
  std::string figures;
  const std::string counted = "veleta_http_requests_total{code=\"200\",method=\"POST\",route=\"/explain\"} 1";
  for (int tries = 0; tries < 100 && figures.find(counted) == std::string::npos; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    figures = server.ask("GET", "/metrics").body;
  }
  EXPECT_THAT(figures, HasSubstr("veleta_predictions_total{version=\"1\"} 4"));
  EXPECT_THAT(figures, HasSubstr(counted));
  EXPECT_THAT(figures, HasSubstr("veleta_model_info{digest=\""));
}

}  // namespace
}  // namespace veleta::testing
