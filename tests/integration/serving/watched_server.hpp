#pragma once

#include <gtest/gtest.h>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "json_text.hpp"
#include "level_watch.hpp"
#include "running_server.hpp"

namespace veleta::testing {

/// Streams of the test detector: rooms, predictions and errors, of nothing known in advance but of rooms.
inline std::vector<StreamSpec> test_streams(double limit = 5) {
  return {{"level_watch", level_watch_params(limit), StreamSubject::kColumns, {"rooms"}},
          {"level_watch", level_watch_params(limit, false), StreamSubject::kErrors, {}}};
}

/// Asks until the answer is as wished, for ten seconds.
template <typename Wished>
bool eventually(Wished wished) {
  for (int tries = 0; tries < 400; ++tries) {
    if (wished()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  return wished();
}

/// A client of a server of houses that watches streams.
class WatchedClient {
 public:
  explicit WatchedClient(uint16_t port) : port_(port) {}

  struct Predicted {
    std::string request_id;
    double prediction = 0;
  };
  Predicted predict(double rooms) const {
    const json::object reply = body_of(ask(port_, "POST", "/predict", to_text({{"rooms", rooms}, {"size", 100}})));
    return {std::string(reply.at("request_id").as_string()), reply.at("prediction").to_number<double>()};
  }
  /// Asks again while the inference log is behind, as a busy machine may leave it.
  Response label(const std::string& request_id, double value) const {
    const std::string body = to_text({{"request_id", request_id}, {"labels", {value}}});
    Response response;
    eventually([&] {
      response = ask(port_, "POST", "/labels", body);
      return response.status != 503;
    });
    return response;
  }
  /// A row of which the model is off by `error`.
  Predicted predict_and_label(double rooms, double error) const {
    const Predicted predicted = predict(rooms);
    const Response response = label(predicted.request_id, predicted.prediction + error);
    EXPECT_EQ(response.status, 200) << response.body;
    return predicted;
  }
  json::object stream(const std::string& name) const {
    const json::object page = body_of(ask(port_, "GET", "/v1/pipelines/houses/streams?stream=" + name));
    const json::array& streams = page.at("streams").as_array();
    return streams.empty() ? json::object{} : streams.front().as_object();
  }
  int64_t count(const std::string& name, const char* what) const {
    const json::object found = stream(name);
    return found.empty() ? -1 : found.at(what).to_number<int64_t>();
  }
  bool comes_to(const std::string& name, const char* what, int64_t wished) const {
    return eventually([&] { return count(name, what) == wished; });
  }
  std::vector<json::object> alarms() const {
    const json::object page = body_of(ask(port_, "GET", "/v1/events?kind=stream_alarm"));
    std::vector<json::object> all;
    for (const auto& event : page.at("events").as_array()) all.push_back(event.at("data").as_object());
    return all;
  }
  bool comes_to_alarms(size_t wished) const {
    return eventually([&] { return alarms().size() == wished; });
  }

 private:
  uint16_t port_;
};

inline constexpr const char* kRoomsStream = "level_watch";
inline constexpr const char* kErrorStream = "level_watch.error";

/// Kills and restarts a server process over the registry of `server` and the store that `open` opens, and holds that
/// labels count once, alarms are told once, and a stop loses nothing. `server` has a model in production and does not
/// serve.
void expect_streams_to_survive(RunningServer& server, const std::function<std::unique_ptr<Store>()>& open);

}  // namespace veleta::testing
