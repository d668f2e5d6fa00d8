#include <fmt/format.h>
#include <gmock/gmock.h>
#include <chrono>
#include <functional>
#include <thread>

#include "faulty_platform.hpp"
#include "http/client.hpp"
#include "quickstart.hpp"
#include "test_client.hpp"

// Servers that are away: while a run goes on, and when the host begins to serve.

namespace veleta::test {
namespace {

using std::chrono::milliseconds;
using testing::FaultProxy;
using ::testing::HasSubstr;
using testing::Response;

constexpr const char* kRow = R"({"bed": 3, "bath": 2, "house_size": 1500, "state": "Ohio", "status": "for_sale"})";

/// Takes the server away when it has come to each of these exchanges, for a moment.
std::jthread takes_away(FaultProxy& proxy, std::vector<int> exchanges) {
  return std::jthread([&proxy, exchanges](const std::stop_token& stop) {
    for (const int exchange : exchanges) {
      while (proxy.counts().exchanges < exchange) {
        if (stop.stop_requested()) return;
        std::this_thread::sleep_for(milliseconds(1));
      }
      proxy.down();
      std::this_thread::sleep_for(milliseconds(300));
      proxy.up();
    }
  });
}

/// Waits for what is to come; a minute is more than any of it takes.
bool comes(const std::function<bool()>& condition) {
  for (int tries = 0; tries < 1200; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return false;
}

class ServersAway : public ::testing::Test {
 protected:
  json::object ask(uint16_t port, const std::string& method, const std::string& path, const std::string& body = "") {
    const Response response = testing::ask(port, method, path, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body, path).as_object();
  }
  std::string model_version(uint16_t port) {
    return text_or_empty(ask(port, "GET", "/readyz").at("model").as_object(), "version");
  }
  /// As anybody may who speaks with MLflow.
  void set_production(const std::string& version) {
    http::Client client({});
    const std::string body =
        json::serialize(json::object{{"name", pipeline().name()}, {"alias", kProductionAlias}, {"version", version}});
    http::Request request{"POST", Servers::started().mlflow + "/api/2.0/mlflow/registered-models/alias"};
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    ASSERT_EQ(client.send(request).status, 200);
  }
  size_t logged() { return pipeline().query("SELECT request_id FROM inferences").size(); }
  PlatformPipeline& pipeline() { return platform_.pipeline(); }

  const Folder folder_;
  const DataApi api_{folder_};
  FaultyPlatform platform_{api_.url()};
};

TEST_F(ServersAway, ForAMomentOfARunAreWaitedFor) {
  const std::vector<int> mlflow_moments{10, 40, 70, 100};
  {
    const auto first = takes_away(platform_.postgres(), {60, 130, 200, 300});
    const auto second = takes_away(platform_.s3(), {1, 2, 3});
    const auto third = takes_away(platform_.mlflow(), mlflow_moments);
    // What MLflow must not be asked twice ends the run; the next one goes on.
    EXPECT_LE(platform_.run_batches(2), static_cast<int>(mlflow_moments.size()));
  }
  start_over(api_);
  platform_.expect_right(api_.url(), 2);
}

TEST_F(ServersAway, MlflowAtTheStartIsServedForFromTheCache) {
  ASSERT_EQ(platform_.run_batches(1), 0);
  {
    const ServeOnPlatform filling(pipeline());
    ASSERT_TRUE(comes([&] { return testing::ask(filling.port(), "GET", "/readyz").status == 200; }));
  }
  platform_.mlflow().down();
  const auto begin = std::chrono::steady_clock::now();
  const ServeOnPlatform serving(pipeline());
  ASSERT_TRUE(comes([&] { return testing::ask(serving.port(), "GET", "/readyz").status == 200; }));
  fmt::print("ready {:.2f} s after the start, MLflow down\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  EXPECT_EQ(text_or_empty(ask(serving.port(), "POST", "/predict", kRow).at("model").as_object(), "version"), "1");
  const auto reload = [&] { return ask(serving.port(), "GET", "/readyz").at("reload").as_object(); };
  ASSERT_TRUE(comes([&] { return !text_or_empty(reload(), "problem").empty(); }));
  EXPECT_GT(number_or_nan(reload(), "stale_s"), 0) << json::serialize(reload());
  const double stale_s = number_or_nan(reload(), "stale_s");
  ASSERT_TRUE(comes([&] { return number_or_nan(reload(), "stale_s") > stale_s; }));

  platform_.mlflow().up();
  ASSERT_EQ(platform_.run_batches(2), 0);
  EXPECT_TRUE(comes([&] { return model_version(serving.port()) == "2"; }));
  EXPECT_TRUE(reload().at("problem").is_null()) << json::serialize(reload());
}

TEST_F(ServersAway, APromotionThatItsHostDidNotLiveToFinishIsFinishedByServing) {
  ASSERT_EQ(platform_.run_batches(2), 0);
  // Where the alias stands while the host that decided to move it has died.
  set_production("1");
  const ServeOnPlatform serving(pipeline());
  ASSERT_TRUE(comes([&] { return testing::ask(serving.port(), "GET", "/readyz").status == 200; }));
  EXPECT_EQ(model_version(serving.port()), "2");
  EXPECT_EQ(pipeline().registry().version_by_alias(pipeline().name(), kProductionAlias)->version, 2);
}

TEST_F(ServersAway, PostgresAtTheStartIsSpooledFor) {
  constexpr size_t kRequests = 20;
  ASSERT_EQ(platform_.run_batches(1), 0);
  platform_.postgres().down();
  const ServeOnPlatform serving(pipeline());
  ASSERT_TRUE(comes([&] { return testing::ask(serving.port(), "GET", "/readyz").status == 200; }));
  for (size_t i = 0; i < kRequests; ++i) ask(serving.port(), "POST", "/predict", kRow);
  EXPECT_EQ(logged(), 0U);
  platform_.postgres().up();
  EXPECT_TRUE(comes([&] { return logged() == kRequests; }));
  EXPECT_EQ(pipeline().query("SELECT DISTINCT request_id FROM inferences").size(), kRequests);
}

TEST_F(ServersAway, S3DoesNotConcernServing) {
  ASSERT_EQ(platform_.run_batches(1), 0);
  platform_.s3().down();
  const ServeOnPlatform serving(pipeline());
  ASSERT_TRUE(comes([&] { return testing::ask(serving.port(), "GET", "/readyz").status == 200; }));
  ask(serving.port(), "POST", "/predict", kRow);
  EXPECT_TRUE(comes([&] { return logged() == 1; }));
}

}  // namespace
}  // namespace veleta::test
