#include <gmock/gmock.h>
#include <atomic>
#include <csignal>
#include <thread>

#include "base/files.hpp"
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

/// A file beside the pipeline's, of another pipeline in the same store.
std::string write_neighbour(const Quickstart& pipeline, const std::string& name) {
  const auto file = pipeline.folder() / (name + ".toml");
  write_file_atomically(
      file, changed(read_file(pipeline.config()), {std::pair("name = \"rent\"", "name = \"" + name + "\"")}));
  return file.string();
}

TEST(Serve, RunsPipelinesThatShareItsStore) {
  const Quickstart pipeline;
  write_neighbour(pipeline, "flats");
  // The folder has the file that is served, too.
  Process server(binary("veleta"),
                 {"serve", pipeline.config().string(), pipeline.folder().path().string(), "--port", "0"},
                 pipeline.folder() / "serve.log");
  const uint16_t port = await_port(server);
  for (const char* name : {"rent", "flats"}) {
    const std::string path = std::string("/v1/pipelines/") + name;
    while (server.is_running() && ask(port, "GET", path).status != 200)
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    EXPECT_EQ(ask(port, "PUT", path + "/runs/monday", "{}").status, 201);
    while (server.is_running() && ask(port, "GET", path + "/runs/monday/done").status == 404)
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    EXPECT_THAT(ask(port, "GET", path + "/runs/monday").body, HasSubstr("\"outcome\":\"promoted\""));
  }
  server.kill(SIGTERM);
  EXPECT_EQ(server.wait(), 0) << server.output();
}

TEST(Serve, SaysAtItsStartWhyItCouldNotRunOthers) {
  const Quickstart pipeline, elsewhere;
  const std::string other = write_neighbour(elsewhere, "flats"), port = "0";
  const Outcome stores = pipeline.run("serve", {other, "--port", port});
  EXPECT_EQ(stores.status, 2);
  EXPECT_THAT(stores.output, HasSubstr("sqlite:///" + pipeline.store().string() + " of " + pipeline.config().string()));
  EXPECT_THAT(stores.output, HasSubstr("sqlite:///" + elsewhere.store().string() + " of " + other));
  EXPECT_THAT(stores.output, HasSubstr("Give all files the same [store] uri"));

  const std::string twin = (pipeline.folder() / "twin.toml").string();
  write_file_atomically(twin, read_file(pipeline.config()));
  const Outcome names = pipeline.run("serve", {twin, "--port", port});
  EXPECT_EQ(names.status, 2);
  EXPECT_THAT(names.output, HasSubstr("both name the pipeline 'rent'"));

  const Quickstart runs_nothing({std::pair("[serve]", "[runner]\nthreads = 0\n[serve]")});
  const Outcome none = runs_nothing.run("serve", {write_neighbour(runs_nothing, "flats"), "--port", port});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.output, HasSubstr("[runner] threads = 0 leaves all running to `veleta runner`"));
}

}  // namespace
}  // namespace veleta::test
