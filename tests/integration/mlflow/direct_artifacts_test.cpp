#include <gmock/gmock.h>
#include <cstdlib>
#include <filesystem>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "registry_behaviour.hpp"
#include "s3/bucket.hpp"
#include "servers/servers.hpp"

// A server that keeps artifacts in an object store and hands none through: clients go there themselves.

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace fs = std::filesystem;

/// MLflow with artifacts at s3://veleta-direct/artifacts, which it does not serve.
class DirectServer {
 public:
  DirectServer() : folder_(fs::temp_directory_path() / ("veleta_mlflow_direct_" + new_id())) {
    const std::pair<const char*, std::string> settings[] = {{"AWS_ACCESS_KEY_ID", "veleta"},
                                                            {"AWS_SECRET_ACCESS_KEY", "veletasecret"},
                                                            {"AWS_DEFAULT_REGION", "us-east-1"},
                                                            {"MLFLOW_S3_ENDPOINT_URL", testing::server_url("s3")}};
    for (const auto& [name, value] : settings) ::setenv(name, value.c_str(), 1);
    s3::Bucket(s3::settings_from_environment(), "veleta-direct").create();
    const std::string folder = folder_.string();
    call("start mlflow3 " + folder + " --backend-store-uri sqlite:///" + folder +
         "/mlflow.db --default-artifact-root s3://veleta-direct/artifacts --no-serve-artifacts");
  }
  ~DirectServer() {
    call("stop " + folder_.string());
    fs::remove_all(folder_);
  }
  std::string url() const {
    std::string text = read_file(folder_ / "url");
    text.pop_back();
    return text;
  }

 private:
  static void call(const std::string& arguments) {
    EXPECT_EQ(std::system((std::string(VELETA_SOURCE_FOLDER) + "/tools/servers/server " + arguments).c_str()), 0);
  }
  const fs::path folder_;
};

TEST(DirectArtifacts, GoToTheObjectStoreAndComeBackFromIt) {
  const DirectServer server;
  const auto registry = open_registry(server.url());
  const TrackedRun run = registry->create_run("direct", "key", "a run", {});
  EXPECT_THAT(run.artifact_uri, StartsWith("s3://veleta-direct/artifacts/"));

  registry->put_artifact(run.id, "plots/drift.svg", "<svg/>");
  registry->put_artifact(run.id, "pipeline.toml", std::string("bytes \0\xff", 8));
  EXPECT_EQ(registry->get_artifact(run.id, "plots/drift.svg"), "<svg/>");
  EXPECT_EQ(registry->get_artifact(run.id, "pipeline.toml"), std::string("bytes \0\xff", 8));
  EXPECT_THAT(registry->list_artifacts(run.id), ElementsAre("pipeline.toml", "plots/drift.svg"));
  EXPECT_THAT(registry->list_artifacts(run.id, "plots"), ElementsAre("plots/drift.svg"));
  EXPECT_EQ(code_of([&] { registry->get_artifact(run.id, "plots"); }), ErrorCode::kNotFound);

  const std::map<std::string, std::string> files{{"model/learner.bin", std::string(3'000'000, 'x')}, {"MLmodel", "{}"}};
  const ModelVersion version = registry->create_version("direct", run.id, files, "the first", {});
  EXPECT_EQ(registry->version_files(version), files);
  EXPECT_TRUE(registry->move_alias("direct", kProductionAlias, version.version, std::nullopt));

  ::setenv("AWS_SECRET_ACCESS_KEY", "another-secret", 1);
  const Error refused = error_of([&] { open_registry(server.url())->version_files(version); });
  EXPECT_EQ(refused.code(), ErrorCode::kRefused) << refused.what();
  EXPECT_THAT(refused.what(), ::testing::Not(HasSubstr("another-secret")));
}

}  // namespace
}  // namespace veleta
