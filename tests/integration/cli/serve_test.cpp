#include <gmock/gmock.h>
#include <atomic>
#include <csignal>
#include <thread>

#include "quickstart.hpp"
#include "test_client.hpp"

namespace veleta::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using veleta::testing::ask;
using veleta::testing::Response;

constexpr int kExitPlugin = 7;
constexpr const char* kRow = R"({"bed": 3, "house_size": 1500, "state": "texas"})";

/// Asks for predictions, one after another, until it is destroyed.
class SteadyClient {
 public:
  explicit SteadyClient(uint16_t port)
      : thread_([this, port] {
          while (!done_) {
            const Response response = ask(port, "POST", "/predict", kRow);
            ++(response.status == 200 && response.headers.at("x-model-version") == "1" ? answered_ : failed_);
          }
        }) {}
  ~SteadyClient() {
    done_ = true;
    thread_.join();
  }
  int answered() const { return answered_; }
  int failed() const { return failed_; }

 private:
  std::atomic<bool> done_{false};
  std::atomic<int> answered_{0}, failed_{0};
  std::thread thread_;
};

class ServeBesideABadLearner : public ::testing::TestWithParam<std::string> {};

TEST_P(ServeBesideABadLearner, ServesOn) {
  const Folder folder;
  const DataApi api(folder);
  const Pipeline sound(folder, api.url());
  ASSERT_EQ(sound.run().status, 0);
  ServeProcess server(folder, sound.config());
  while (ask(server.port(), "GET", "/readyz").status != 200) std::this_thread::yield();
  const std::string prediction = ask(server.port(), "POST", "/predict", kRow).body;

  const Pipeline bad(folder, api.url(), "[[learner]]\nplugin = \"" + GetParam() + "\"\n", "[train]\ntimeout_s = 2\n");
  std::vector<std::string> arguments = bad.run_arguments(false);
  arguments.insert(arguments.begin(), {"--plugins", std::string(VELETA_BINARY_FOLDER) + "/lib/veleta/plugins",
                                       "--plugins", std::string(VELETA_BINARY_FOLDER) + "/bad_plugins"});
  {
    const SteadyClient client(server.port());
    const Outcome outcome = bad.veleta(arguments);
    EXPECT_EQ(outcome.status, kExitPlugin) << outcome.output;
    const int before = client.answered();
    while (client.answered() == before && client.failed() == 0) std::this_thread::yield();
    EXPECT_EQ(client.failed(), 0);
  }
  EXPECT_TRUE(server.process().is_running());
  EXPECT_EQ(ask(server.port(), "GET", "/readyz").status, 200);
  const auto until_model = [](const std::string& body) { return body.substr(0, body.find("\"request_id\"")); };
  EXPECT_EQ(until_model(ask(server.port(), "POST", "/predict", kRow).body), until_model(prediction));
  server.process().kill(SIGTERM);
  EXPECT_EQ(server.process().wait(), 0) << server.process().output();
}

INSTANTIATE_TEST_SUITE_P(Kinds, ServeBesideABadLearner,
                         ::testing::Values("bad_crash", "bad_hang", "bad_throw", "bad_nan"),
                         [](const auto& instance) { return instance.param; });

TEST(Serve, ServesAllAddressesOfTheMachineIfItIsToldTo) {
  const Quickstart pipeline({std::pair("127.0.0.1:8081", "0.0.0.0:8081")});
  ServeProcess server(pipeline.folder(), pipeline.config());
  EXPECT_EQ(ask(server.port(), "GET", "/healthz").status, 200);
  Process curl("/usr/bin/sh", {"-c", "curl -sf http://127.0.0.2:" + std::to_string(server.port()) + "/healthz"},
               pipeline.folder() / "curl.log");
  EXPECT_EQ(curl.wait(), 0);
  EXPECT_THAT(curl.output(), HasSubstr("alive"));
}

TEST(Serve, SaysHowToGetAModelWhileThereIsNone) {
  const Quickstart pipeline({std::pair("plugin = \"xgboost\"", "plugin = \"xgboost\"\nrounds = 20")});
  const std::string told = "no production model yet: `veleta run " + pipeline.config().string() + "` trains one";
  const auto output_of_a_server = [&] {
    ServeProcess server(pipeline.folder(), pipeline.config());
    server.process().kill(SIGTERM);
    EXPECT_EQ(server.process().wait(), 0);
    return server.process().output();
  };
  EXPECT_THAT(output_of_a_server(), HasSubstr(told));
  ASSERT_EQ(pipeline.run("run").status, 0);
  EXPECT_THAT(output_of_a_server(), Not(HasSubstr("no production model yet")));
}

TEST(Serve, EndsWithAReasonWhereItCannotListen) {
  const Quickstart pipeline;
  ServeProcess first(pipeline.folder(), pipeline.config());
  const Outcome second = pipeline.run("serve", {"--port", std::to_string(first.port())});
  EXPECT_EQ(second.status, 3);
  EXPECT_THAT(second.output, HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(first.port())));
}

}  // namespace
}  // namespace veleta::test
