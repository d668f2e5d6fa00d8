#include <gmock/gmock.h>
#include <atomic>
#include <mutex>
#include <set>

#include "json_text.hpp"
#include "running_server.hpp"

// The model is replaced while requests flow.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kRow = R"({"size": 120, "rooms": 3, "city": "city 7", "state": "south"})";

/// What a version predicts for kRow.
double prediction_of(const Bundle& bundle) {
  std::vector<RowProblem> problems;
  const BundleParts& parts = bundle.parts();
  return bundle.predict(table_from_json_rows({json::parse(kRow)}, parts.input_schema, parts.rules, "", problems)).at(0);
}

TEST(HotSwap, FailsNoRequestAndAnswersEachFromOneVersion) {
  constexpr int kSwaps = 20;
  RunningServer server;
  std::map<std::string, double> expected;
  for (uint32_t seed = 1; seed <= kSwaps + 1; ++seed) {
    const int version = server.publish({.learner = seed % 2 ? "ridge" : "xgboost", .seed = seed});
    expected[std::to_string(version)] = prediction_of(*server.open(version));
  }
  server.promote(1);
  server.start();

  std::atomic<bool> done{false};
  std::atomic<size_t> requests{0};
  std::mutex mutex;
  std::set<std::string> seen;  // guarded by mutex
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client)
    clients.emplace_back([&] {
      TestClient connection(server.port());
      while (!done) {
        const Response response = connection.ask("POST", "/predict", kRow);
        ASSERT_EQ(response.status, 200) << response.body;
        const json::object reply = body_of(response);
        const std::string version(reply.at("model").at("version").as_string());
        ASSERT_EQ(reply.at("prediction").to_number<double>(), expected.at(version)) << version;
        ASSERT_EQ(response.headers.at("x-model-version"), version);
        ++requests;
        const std::lock_guard lock(mutex);
        seen.insert(version);
      }
    });
  for (int version = 2; version <= kSwaps + 1; ++version) {
    const size_t before = requests;
    while (requests < before + 8) std::this_thread::yield();
    server.promote(version);
    EXPECT_EQ(body_of(server.ask("POST", "/reload")).at("model").at("version").as_string(), std::to_string(version));
  }
  const size_t last = requests;
  while (requests < last + 8) std::this_thread::yield();
  done = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(seen.size(), size_t{kSwaps + 1});
}

TEST(HotSwap, FollowsTheAliasByItself) {
  RunningServer server;
  server.promote(server.publish({}));
  ServeOptions options;
  options.reload_interval_s = 0.01;
  server.start(options);
  const int next = server.publish({.seed = 2});
  server.promote(next);
  while (server.ask("POST", "/predict", kRow).headers.at("x-model-version") != std::to_string(next))
    std::this_thread::yield();
}

TEST(HotSwap, KeepsTheOldModelWhereTheNewOneIsBrokenAndTellsSo) {
  RunningServer server;
  const int good = server.publish({});
  server.promote(good);
  server.start();
  const int broken = server.publish({.seed = 2}, [](BundleFiles& files) { files.begin()->second.pop_back(); });
  server.promote(broken);

  const Response refused = server.ask("POST", "/reload");
  EXPECT_EQ(refused.status, 502);
  EXPECT_THAT(refused.body, HasSubstr("what served goes on serving"));
  const json::object reply = body_of(server.ask("POST", "/predict", kRow));
  EXPECT_EQ(reply.at("model").at("version").as_string(), std::to_string(good));
  EXPECT_EQ(reply.at("prediction").to_number<double>(), prediction_of(*server.open(good)));
  for (const char* path : {"/model", "/readyz"}) {
    const json::object told = body_of(server.ask("GET", path)).at("reload").as_object();
    EXPECT_EQ(told.at("version").as_string(), std::to_string(broken)) << path;
    EXPECT_THAT(std::string(told.at("problem").as_string()), HasSubstr("cannot be loaded")) << path;
  }
  EXPECT_THAT(server.ask("GET", "/metrics").body, HasSubstr("veleta_model_reloads_total{result=\"failure\"} "));

  const int mended = server.publish({.seed = 3});
  server.promote(mended);
  EXPECT_EQ(server.ask("POST", "/reload").status, 200);
  EXPECT_TRUE(body_of(server.ask("GET", "/model")).at("reload").at("problem").is_null());
}

}  // namespace
}  // namespace veleta::testing
