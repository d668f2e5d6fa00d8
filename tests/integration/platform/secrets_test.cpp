#include <fmt/format.h>
#include <gmock/gmock.h>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "quickstart.hpp"
#include "servers/fault_proxy.hpp"
#include "story.hpp"

// Passwords and keys, which nobody may read in what the program prints, keeps, or shows to those who list processes.

namespace veleta::test {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr const char* kRidge = "[[learner]]\nplugin = \"ridge\"\n";
constexpr const char* kRefusedAwsSecret = "wrong-aws-secret";
constexpr const char* kMlflowPassword = "mlflow-tracking-secret";

class Secrets : public ::testing::Test {
 protected:
  Secrets() {
    pipeline_.set("MLFLOW_TRACKING_USERNAME", "veleta-user");
    pipeline_.set("MLFLOW_TRACKING_PASSWORD", kMlflowPassword);
  }

  /// The server's password for PostgreSQL and S3; and one that MLflow, which asks for none, gets all the same.
  void expect_no_secret(const std::string& text, const std::string& place) {
    for (const char* secret : {"veletasecret", kRefusedAwsSecret, kMlflowPassword, "dmVsZXRhLXVzZXI6"})
      EXPECT_EQ(text.find(secret), std::string::npos) << secret << " in " << place << ": " << text;
  }
  void expect_silent(const std::string& command, const std::vector<std::string>& more = {}) {
    const Outcome outcome = pipeline_.veleta(command, more);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    expect_no_secret(outcome.output, command);
  }
  /// Every row of every table of the pipeline's schema.
  std::string dump() {
    std::string text;
    for (const auto& table : pipeline_.query("SELECT table_name::text FROM information_schema.tables WHERE"
                                             " table_schema = current_schema()"))
      for (const auto& row : pipeline_.query(fmt::format("SELECT t::text FROM \"{}\" t", table))) text += row + "\n";
    return text;
  }

  const Folder folder_;
  const DataApi api_{folder_};
  PlatformPipeline pipeline_{api_.url(), Servers::started(), kRidge};
};

TEST_F(Secrets, AreNeitherPrintedNorKept) {
  expect_silent("run", {"--verbose"});
  expect_silent("run", {"--verbose", "--json"});
  expect_silent("history", {"--json", "--verbose"});
  expect_silent("models", {"--json", "--verbose"});
  expect_silent("show", {pipeline_.query("SELECT run_id FROM decisions").at(0), "--json"});

  const std::string kept = dump();
  EXPECT_THAT(kept, HasSubstr("Promoted")) << "the run's records are among it";
  expect_no_secret(kept, "the store");
  Registry& registry = pipeline_.registry();
  for (const auto& version : registry.list_versions(pipeline_.name())) {
    for (const auto& [path, bytes] : registry.version_files(version)) expect_no_secret(bytes, path);
    for (const auto& [name, value] : version.tags) expect_no_secret(value, name);
  }
  for (const auto& run : registry.list_runs(pipeline_.name())) {
    for (const auto& path : registry.list_artifacts(run.id))
      expect_no_secret(registry.get_artifact(run.id, path), path);
    for (const auto* texts : {&run.tags, &run.params})
      for (const auto& [name, value] : *texts) expect_no_secret(value, name);
    for (const auto& input : run.inputs) expect_no_secret(input.source, "a dataset");
    EXPECT_THAT(registry.get_artifact(run.id, "pipeline.toml"), HasSubstr("${PLATFORM_STORE}"));
  }
}

TEST_F(Secrets, AreNotToldByServersThatRefuseThem) {
  ASSERT_EQ(pipeline_.run().status, 0);
  pipeline_.set("AWS_SECRET_ACCESS_KEY", kRefusedAwsSecret);
  Outcome outcome = pipeline_.veleta("run", {"--verbose"});
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("s3://"));
  expect_no_secret(outcome.output, "run with a wrong key");

  pipeline_.set("AWS_SECRET_ACCESS_KEY", "veletasecret");
  const std::string uri = pipeline_.schema_uri();
  pipeline_.set("PLATFORM_STORE", changed(uri, {{":veletasecret@", ":mlflow-tracking-secret@"}}));
  for (const char* command : {"run", "serve", "history"}) {
    outcome = pipeline_.veleta(command, {"--verbose"});
    EXPECT_NE(outcome.status, 0) << command;
    EXPECT_THAT(outcome.output, HasSubstr("password authentication failed")) << command;
    expect_no_secret(outcome.output, command);
  }
  // A password that was not encoded makes a uri that cannot be read.
  pipeline_.set("PLATFORM_STORE", changed(uri, {{":veletasecret@", ":mlflow-tracking-secret%zz@"}}));
  outcome = pipeline_.veleta("run", {"--verbose"});
  EXPECT_NE(outcome.status, 0);
  expect_no_secret(outcome.output, "run with a broken uri");
  expect_no_secret(dump(), "the store");
}

TEST_F(Secrets, AreNotToldWhereMlflowRefusesThem) {
  Servers servers = Servers::started();
  testing::FaultProxy mlflow(servers.mlflow);
  mlflow.plan({.kind = testing::Fault::Kind::kAnswer, .status = 401}, 1, 1000);
  servers.mlflow = changed(mlflow.url(), {{"http://", std::string("http://veleta-user:") + kMlflowPassword + "@"}});
  pipeline_.use(servers);
  for (const char* command : {"run", "models"}) {
    const Outcome outcome = pipeline_.veleta(command, {"--verbose"});
    EXPECT_NE(outcome.status, 0) << command;
    EXPECT_THAT(outcome.output, HasSubstr("expected credentials in MLFLOW_TRACKING_USERNAME")) << command;
    expect_no_secret(outcome.output, command);
  }
  expect_no_secret(dump(), "the store");
}

TEST_F(Secrets, AreNotToldByAServerThatServesAndLogsRequests) {
  ASSERT_EQ(pipeline_.run().status, 0);
  const auto serving = pipeline_.start("serve", {"--port", "0", "--verbose"});
  const uint16_t port = await_port(*serving);
  for (const char* path : {"/readyz", "/model", "/metrics"}) {
    Process curl("/usr/bin/curl", {"-s", fmt::format("http://127.0.0.1:{}{}", port, path)}, folder_ / "reply");
    EXPECT_EQ(curl.wait(), 0);
    expect_no_secret(curl.output(), path);
  }
  serving->kill(SIGTERM);
  serving->wait();
  expect_no_secret(serving->output(), "serve");
}

/// The command lines of a process and of all those that it started.
std::string command_lines_below(const std::string& program_arguments) {
  std::string lines;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::string line((std::istreambuf_iterator<char>(file)), {});
    std::ranges::replace(line, '\0', ' ');
    if (line.find(program_arguments) != std::string::npos) lines += line + "\n";
  }
  return lines;
}

TEST_F(Secrets, AreNotAmongTheArgumentsOfProcesses) {
  const auto running = pipeline_.start("run");
  const fs::path program = binary("veleta");
  std::string seen;
  while (running->is_running()) {
    seen += command_lines_below(program.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(running->wait(), 0) << running->output();
  EXPECT_THAT(seen, HasSubstr(" worker ")) << "a worker was there to be looked at";
  expect_no_secret(seen, "a command line");
}

}  // namespace
}  // namespace veleta::test
