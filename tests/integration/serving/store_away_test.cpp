#include <gmock/gmock.h>
#include <atomic>
#include <map>
#include <thread>

#include "postgres_testing.hpp"
#include "running_server.hpp"

// A PostgreSQL store that is away: predictions go on, and every row is in the store once it is back.

namespace veleta::testing {
namespace {

class StoreAway : public ::testing::Test {
 protected:
  StoreAway() { server.promote(server.publish({})); }
  ~StoreAway() override { server.stop(); }

  std::unique_ptr<Store> open(std::chrono::milliseconds patience) const {
    StoreOptions options;
    options.blobs = (server.folder() / "blobs").string();
    options.patience = patience;
    return open_store(postgres.uri(), options);
  }
  void start() {
    ServeOptions options;
    options.spool_folder = server.folder() / "spool";
    server.start(options, [this] { return open(std::chrono::milliseconds(200)); });
  }
  std::string predict() {
    return std::string(body_of(server.ask("POST", "/predict", R"({"rooms": 2})")).at("request_id").as_string());
  }
  double metric(const std::string& name) {
    const std::string text = server.ask("GET", "/metrics").body;
    return std::stod(text.substr(text.find("\n" + name + " ") + name.size() + 2));
  }
  void wait_until_spool_is_empty() {
    while (metric("veleta_inference_log_spool_rows") > 0 || metric("veleta_inference_log_queue_rows") > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  /// How often each request is in the store.
  std::map<std::string, int> logged() {
    std::map<std::string, int> counts;
    for (const auto& record : open(std::chrono::seconds(30))->list_inferences(kPipeline, 1'000'000))
      ++counts[record.request_id];
    return counts;
  }

  PostgresServer postgres{"-c fsync=off"};  // its processes die, the machine does not
  RunningServer server;
};

TEST_F(StoreAway, PredictionsAreServedFromTheStartAndLoggedLater) {
  postgres.kill();
  start();
  std::map<std::string, int> asked;
  for (int i = 0; i < 20; ++i) asked[predict()] = 1;
  while (metric("veleta_inference_log_spool_rows") < 20) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  postgres.start();
  asked[predict()] = 1;
  wait_until_spool_is_empty();
  EXPECT_EQ(logged(), asked);
}

TEST_F(StoreAway, RowsOutliveTheServerThatSpooledThem) {
  postgres.kill();
  start();
  std::map<std::string, int> asked;
  for (int i = 0; i < 5; ++i) asked[predict()] = 1;
  server.stop();
  postgres.start();
  start();
  wait_until_spool_is_empty();
  EXPECT_EQ(logged(), asked);
}

TEST_F(StoreAway, NoPredictionFailsAndNoRowIsLostWhenItCrashesUnderLoad) {
  start();
  std::mutex mutex;
  std::map<std::string, int> asked;
  std::atomic<size_t> asked_count = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 2; ++i)
    clients.emplace_back([&](std::stop_token stop) {
      TestClient client(server.port());
      while (!stop.stop_requested()) {
        const std::string id(body_of(client.ask("POST", "/predict", R"({"rooms": 2})")).at("request_id").as_string());
        const std::lock_guard lock(mutex);
        asked[id] = 1;
        ++asked_count;
      }
    });
  for (int crash = 0; crash < 2; ++crash) {
    for (const size_t before = asked_count; asked_count < before + 500;)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    postgres.kill();
    for (const size_t before = asked_count; asked_count < before + 500;)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    postgres.start();
  }
  clients.clear();
  wait_until_spool_is_empty();
  EXPECT_EQ(metric("veleta_inference_log_rows_total{result=\"dropped\"}"), 0);
  EXPECT_EQ(metric("veleta_inference_log_rows_total{result=\"failed\"}"), 0);
  EXPECT_EQ(logged(), asked);
}

}  // namespace
}  // namespace veleta::testing
