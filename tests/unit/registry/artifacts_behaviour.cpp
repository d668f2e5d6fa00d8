#include "registry_behaviour.hpp"

// Artifacts: the files of runs.
namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(RegistryBehaviour, KeepsTheBytesOfArtifacts) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7 % 256);
  const std::string run = new_run();
  registry().put_artifact(run, "model/data/learner.bin", bytes);
  reopen();
  EXPECT_EQ(registry().get_artifact(run, "model/data/learner.bin"), bytes);
}

TEST_P(RegistryBehaviour, ReplacesAnArtifactOfTheSamePath) {
  const std::string run = new_run();
  registry().put_artifact(run, "detect.json", "a first text that is longer");
  registry().put_artifact(run, "detect.json", "a second");
  EXPECT_EQ(registry().get_artifact(run, "detect.json"), "a second");
  EXPECT_THAT(registry().list_artifacts(run), ElementsAre("detect.json"));
}

TEST_P(RegistryBehaviour, ListsArtifactsBelowAFolder) {
  const std::string run = new_run();
  EXPECT_THAT(registry().list_artifacts(run), IsEmpty());
  for (const char* path : {"pipeline.toml", "model2/x", "model/b", "model/a/deep/down", "model/a/1", "Model-x"})
    registry().put_artifact(run, path, "x");
  EXPECT_THAT(registry().list_artifacts(run),
              ElementsAre("Model-x", "model/a/1", "model/a/deep/down", "model/b", "model2/x", "pipeline.toml"));
  EXPECT_THAT(registry().list_artifacts(run, "model"), ElementsAre("model/a/1", "model/a/deep/down", "model/b"));
  EXPECT_THAT(registry().list_artifacts(run, "model/a"), ElementsAre("model/a/1", "model/a/deep/down"));
  EXPECT_THAT(registry().list_artifacts(run, "mod"), IsEmpty());
}

TEST_P(RegistryBehaviour, KeepsTheArtifactsOfRunsApart) {
  const std::string one = new_run(), other = new_run();
  registry().put_artifact(one, "detect.json", "one's");
  EXPECT_THAT(registry().list_artifacts(other), IsEmpty());
  EXPECT_EQ(code_of([&] { registry().get_artifact(other, "detect.json"); }), ErrorCode::kNotFound);
  registry().put_artifact(other, "detect.json", "the other's");
  EXPECT_EQ(registry().get_artifact(one, "detect.json"), "one's");
}

TEST_P(RegistryBehaviour, TellsMissingArtifacts) {
  const std::string run = new_run();
  registry().put_artifact(run, "model/card.json", "{}");
  for (const std::string path : {"card.json", "model/card", "model/other/card.json", "model"}) {
    const Error error = error_of([&] { registry().get_artifact(run, path); });
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'" + path + "'"), HasSubstr(run)));
  }
}

TEST_P(RegistryBehaviour, RefusesBadArtifactPaths) {
  const std::string run = new_run();
  for (const std::string& path : kBadPaths) {
    SCOPED_TRACE("path '" + path + "'");
    EXPECT_EQ(code_of([&] { registry().put_artifact(run, path, "x"); }), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of([&] { registry().get_artifact(run, path); }), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of([&] { registry().list_artifacts(run, path); }), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(code_of([&] { registry().put_artifact(run, "", "x"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { registry().get_artifact(run, ""); }), ErrorCode::kInvalidArgument);
  EXPECT_THAT(registry().list_artifacts(run), IsEmpty());
}

TEST_P(RegistryBehaviour, TakesTheLongestPathAndOddNames) {
  const std::string run = new_run();
  const std::string longest = "a/" + std::string(198, 'n');
  for (const std::string& path : {longest, std::string("-_.x"), std::string("a.part/b")}) {
    registry().put_artifact(run, path, path);
    EXPECT_EQ(registry().get_artifact(run, path), path);
  }
  EXPECT_EQ(registry().list_artifacts(run).size(), 3U);
}

}  // namespace
}  // namespace veleta
