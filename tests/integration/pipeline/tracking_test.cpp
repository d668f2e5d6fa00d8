#include <gmock/gmock.h>

#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

/// What people find of a run where its model is registered; the first batch is decided on.
class Tracking : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomically(folder_ / ".git/HEAD", "ref: refs/heads/main\n");
    write_file_atomically(folder_ / ".git/refs/heads/main", kCommit + "\n");
    ASSERT_EQ(pipeline_.run().status, 0);
  }

  std::string run_tag(const std::string& key) const {
    return pipeline_.query("SELECT value FROM run_tags WHERE key = '" + key + "'");
  }
  std::string version_tag(const std::string& key, int version = 1) const {
    return pipeline_.query("SELECT value FROM version_tags WHERE key = '" + key +
                           "' AND version = " + std::to_string(version));
  }

  const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";
  Folder folder_;
  DataApi api_{folder_};
  Pipeline pipeline_{folder_, api_.url(), "[[learner]]\nplugin = \"ridge\"\n"};
};

TEST_F(Tracking, ARunTellsWhoseItIsAndWhatItDecided) {
  EXPECT_EQ(run_tag("mlflow.source.git.commit"), kCommit);
  EXPECT_EQ(run_tag("mlflow.source.git.branch"), "main");
  EXPECT_EQ(run_tag("mlflow.source.name"), pipeline_.config().string());
  EXPECT_EQ(run_tag("mlflow.source.type"), "JOB");
  EXPECT_NE(run_tag("mlflow.user"), "");
  EXPECT_EQ(run_tag("veleta.outcome"), "promoted");
  EXPECT_EQ(run_tag("veleta.model_version"), "1");
  EXPECT_THAT(run_tag("mlflow.note.content"),
              AllOf(StartsWith("**Promoted**: "), HasSubstr("Batch `"), HasSubstr("| mae | ")));
}

TEST_F(Tracking, ARunTellsTheBatchesThatItTrainedOn) {
  EXPECT_EQ(pipeline_.query("SELECT count(*) FROM run_inputs"), "1");
  const std::string batch = pipeline_.query(
      "SELECT name || '|' || digest || '|' || source || '|' || row_count || '|' || "
      "context FROM run_inputs");
  EXPECT_THAT(batch, MatchesRegex("[a-z_]+ batch 0\\|[0-9a-f]{36}\\|http://127.0.0.1.*\\|[0-9]+\\|training"));
  EXPECT_THAT(pipeline_.query("SELECT data_schema FROM run_inputs"),
              AllOf(StartsWith("{\"mlflow_colspec\":["), HasSubstr("{\"type\":\"string\",\"name\":\"state\""),
                    HasSubstr("{\"type\":\"double\",\"name\":\"bed\"")));
}

TEST_F(Tracking, AVersionTellsWhatItIsPromotedBy) {
  EXPECT_EQ(version_tag("promo.eligible"), "true");
  EXPECT_EQ(version_tag("promo.generation"), "0");
  EXPECT_THAT(version_tag("promo.score"), MatchesRegex("[0-9.E]+"));
  EXPECT_EQ(version_tag("promo.direction"), "min");
  EXPECT_THAT(version_tag("promo.eval_digest"), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(version_tag("promo.request_id"), run_tag("veleta.run_id"));
  EXPECT_EQ(version_tag("promo.previous_version"), "");
  EXPECT_THAT(version_tag("promo.reason"), HasSubstr("first model"));
  ASSERT_EQ(pipeline_.run(true).status, 0);
  if (pipeline_.query("SELECT max(version) FROM model_versions") == "1") GTEST_SKIP() << "nothing was trained again";
  EXPECT_EQ(version_tag("promo.previous_version", 2), "1");
  EXPECT_NE(version_tag("promo.generation", 2), "0");
}

}  // namespace
}  // namespace veleta::test
