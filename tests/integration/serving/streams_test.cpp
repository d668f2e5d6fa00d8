#include <gmock/gmock.h>
#include <atomic>

#include "watched_server.hpp"

// What is served is watched: each value once, in order, and every alarm told once.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

class Streams : public ::testing::Test {
 protected:
  Streams() {
    server.plugins.add_static(&veleta_library_entry);
    server.promote(server.publish({}));
  }
  void start(double limit = 5) {
    ServeOptions options;
    options.reload_interval_s = 0.05;
    options.streams = test_streams(limit);
    server.start(options);
  }
  WatchedClient client() const { return WatchedClient(server.port()); }

  RunningServer server;
};

TEST_F(Streams, TellAnAlarmOnceAsAnEventAMetricAndAState) {
  start();
  const WatchedClient client = this->client();
  for (int i = 0; i < 10; ++i) client.predict(3);
  EXPECT_TRUE(client.comes_to(kRoomsStream, "seen", 10));
  EXPECT_TRUE(client.alarms().empty());
  client.predict(20);
  ASSERT_TRUE(client.comes_to_alarms(1));
  const json::object alarm = client.alarms().front();
  EXPECT_EQ(alarm.at("stream"), "level_watch");
  EXPECT_EQ(alarm.at("series"), "rooms");
  EXPECT_EQ(alarm.at("direction"), "up");
  EXPECT_EQ(alarm.at("threshold"), 5);
  EXPECT_GT(alarm.at("statistic").to_number<double>(), 5);
  EXPECT_EQ(alarm.at("seen"), 11);
  EXPECT_EQ(alarm.at("model_version"), 1);
  const json::object state = client.stream(kRoomsStream);
  EXPECT_EQ(state.at("alarms"), 1);
  EXPECT_EQ(state.at("run_length"), 1000);
  EXPECT_EQ(state.at("last_alarm").at("seen"), 11);
  const std::string metrics = server.ask("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("veleta_stream_alarms_total{stream=\"level_watch\",series=\"rooms\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("veleta_stream_values_total{stream=\"level_watch\",series=\"rooms\"} 11"));
  server.stop();
  EXPECT_EQ(server.store->queue().events({0, "", {"stream_alarm"}}).size(), 1U);
}

TEST_F(Streams, TellOfErrorsWhenLabelsCome) {
  start();
  const WatchedClient client = this->client();
  for (int i = 0; i < 5; ++i) client.predict_and_label(3, 0);
  const WatchedClient::Predicted late = client.predict(3);
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 5));
  EXPECT_TRUE(client.alarms().empty());
  EXPECT_EQ(client.label(late.request_id, late.prediction + 100).status, 200);
  ASSERT_TRUE(client.comes_to_alarms(1));
  EXPECT_EQ(client.alarms().front().at("stream"), "level_watch.error");
  const json::object repeated = body_of(client.label(late.request_id, late.prediction + 100));
  EXPECT_EQ(repeated.at("stored"), 0);
  EXPECT_EQ(repeated.at("repeated"), 1);
  const Response conflict = client.label(late.request_id, late.prediction);
  EXPECT_EQ(conflict.status, 409);
  EXPECT_THAT(conflict.body, HasSubstr("label-conflict"));
  client.predict_and_label(3, 0);
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 7));
  EXPECT_EQ(client.alarms().size(), 1U);
}

TEST_F(Streams, PassOverLabelsThatOthersTookBeforeAnImport) {
  server.store->append_inferences(
      std::vector<InferenceRecord>(3, {"imported", 1000, kPipeline, "1", "{}", 100, 200, "", 90}));
  server.store->streams().restore_labels(kPipeline, {{"imported", 1000, 0, "900", 2000, true},
                                                     {"imported", 1000, 1, "900", 2000, true},
                                                     {"imported", 1000, 2, "100", 2000, false}});
  start();
  const WatchedClient client = this->client();
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 1));
  client.predict_and_label(3, 0);
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 2));
  EXPECT_TRUE(client.alarms().empty());
}

TEST_F(Streams, RefuseLabelsOfNobodyAndKeepTheOthers) {
  start();
  const WatchedClient client = this->client();
  const WatchedClient::Predicted known = client.predict(3);
  EXPECT_EQ(client.label("nobody", 1).status, 404);
  const json::array both{{{"request_id", "nobody"}, {"labels", {1}}},
                         {{"request_id", known.request_id}, {"labels", {2}}}};
  const Response response = server.ask("POST", "/v1/pipelines/houses/labels", to_text(both));
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("/0/request_id"));
  EXPECT_EQ(body_of(client.label(known.request_id, 2)).at("repeated"), 1);
  const Response count = server.ask("POST", "/labels", to_text({{"request_id", known.request_id}, {"labels", {2, 3}}}));
  EXPECT_EQ(count.status, 422);
  EXPECT_THAT(count.body, HasSubstr("Expected 1 labels, one a row, found 2."));
  EXPECT_EQ(server.ask("POST", "/labels", R"({"request_id": "a", "labels": ["dear"]})").status, 422);
  EXPECT_EQ(server.ask("POST", "/labels", "{").status, 400);
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 1));
}

TEST_F(Streams, BeginErrorsAnewWithAnotherModelAndColumnsOnlyWithAnotherReference) {
  start();
  const WatchedClient client = this->client();
  const WatchedClient::Predicted of_the_first = client.predict(3);
  client.predict_and_label(3, 0);
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 1));
  server.promote(server.publish({"xgboost"}));  // of the same rows
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 0));
  EXPECT_TRUE(client.comes_to(kRoomsStream, "seen", 2));
  EXPECT_EQ(client.label(of_the_first.request_id, 0).status, 200);  // an error of a model that serves no more
  client.predict_and_label(3, 0);
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 1));
  EXPECT_TRUE(client.comes_to(kRoomsStream, "seen", 3));
  Recipe other;
  other.seed = 2;
  server.promote(server.publish(other));
  EXPECT_TRUE(client.comes_to(kRoomsStream, "seen", 0));
  EXPECT_TRUE(client.alarms().empty());
}

TEST_F(Streams, TakeEveryRowOfConcurrentRequestsOnce) {
  start(1e9);
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      TestClient connection(server.port());
      for (int request = 0; request < 50; ++request)
        EXPECT_EQ(connection.ask("POST", "/predict", R"({"rows": [{"rooms": 3}, {"rooms": 4}, {}]})").status, 200);
    });
  for (auto& thread : clients) thread.join();
  EXPECT_TRUE(client().comes_to(kRoomsStream, "seen", 400));
  EXPECT_EQ(client().count(kRoomsStream, "missing"), 200);
}

TEST_F(Streams, BeginAnewFromAStateThatCannotBeRead) {
  start();
  for (int i = 0; i < 3; ++i) client().predict(3);
  EXPECT_TRUE(client().comes_to(kRoomsStream, "seen", 3));
  server.stop();
  ServedStreams& streams = server.store->streams();
  std::vector<KeptWatch> kept = streams.watches(kPipeline);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].status.at("seen"), 3);
  for (KeptWatch& watch : kept) watch.state = "rubbish";
  ASSERT_TRUE(streams.claim_streams(kPipeline, "meddler", 0));
  StreamsSave save;
  save.pipeline = kPipeline;
  save.watcher = "meddler";
  save.watches = kept;
  streams.save_streams(save);
  start();
  client().predict(3);
  EXPECT_TRUE(client().comes_to(kRoomsStream, "seen", 1));
}

TEST_F(Streams, AreWatchedByTheServerThatStartedLast) {
  start();
  client().predict(3);
  EXPECT_TRUE(client().comes_to(kRoomsStream, "seen", 1));
  ServeOptions options;
  options.pipeline = kPipeline;
  options.port = 0;
  options.threads = 1;
  options.streams = test_streams();
  Server second(options, *server.store, *server.registry, server.plugins);
  std::thread thread([&] { second.run(); });
  EXPECT_TRUE(eventually([&] { return testing::ask(second.port(), "GET", "/readyz").status == 200; }));
  const WatchedClient other(second.port());
  other.predict(20);
  EXPECT_TRUE(other.comes_to_alarms(1));
  EXPECT_LE(other.count(kRoomsStream, "seen"), 2);
  client().predict(20);  // not told: the other one watches
  EXPECT_TRUE(eventually([&] {
    client().predict(3);
    return server.ask("GET", "/metrics").body.find("veleta_stream_unwatched_rows_total 0") == std::string::npos;
  }));
  EXPECT_EQ(client().alarms().size(), 1U);
  second.stop();
  thread.join();
}

TEST_F(Streams, AreNotThereWhereNoneIsAskedFor) {
  server.start();
  EXPECT_EQ(body_of(server.ask("GET", "/v1/pipelines/houses/streams")).at("streams").as_array().size(), 0U);
  EXPECT_EQ(server.ask("GET", "/v1/pipelines/nobody/streams").status, 404);
  const WatchedClient::Predicted served = client().predict(3);
  EXPECT_EQ(client().label(served.request_id, 1).status, 200);
}

}  // namespace
}  // namespace veleta::testing
