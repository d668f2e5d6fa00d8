#include <gmock/gmock.h>
#include <chrono>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "programs.hpp"

namespace veleta::test {
namespace {

constexpr int kKills = 25;  // of each of the two pipelines

/// What must not depend on whether somebody pulled the plug: the decisions, and what is in the store.
struct Story {
  std::vector<std::string> decisions;
  std::string clean_rows, batches, production, versions, tracked_runs;
  std::set<std::string> payloads;  ///< that lie in the blob store

  bool operator==(const Story&) const = default;
};

Story story_of(const Pipeline& pipeline) {
  Story story;
  for (const auto& decision : pipeline.history()) {
    const json::object& object = decision.as_object();
    story.decisions.push_back(text_or_empty(object, "batch_id") + " " + text_or_empty(object, "outcome") + " " +
                              text_or_empty(object, "sentence"));
  }
  story.clean_rows = pipeline.query("select batch_id, count(*), sum(price) from clean_realty group by 1 order by 1");
  story.batches = pipeline.query("select id, state, row_count from batches order by id");
  story.production = pipeline.query("select alias, version from aliases");
  story.versions = pipeline.query("select version, description from model_versions order by version");
  story.tracked_runs = pipeline.query("select status, count(*) from tracked_runs group by 1");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(pipeline.folder() / "realty.db.blobs"))
    if (entry.path().extension() == ".zst") story.payloads.insert(entry.path().filename());
  return story;
}

Story undisturbed_story(const std::string& grounds) {
  const Folder folder;
  const DataApi api(folder);
  const Pipeline pipeline(folder, api.url(), Pipeline::kSmallLearner, "", grounds);
  const Outcome outcome = pipeline.run(true);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  return story_of(pipeline);
}

/// Runs a fresh pipeline to the end of its data, killing it at random moments; returns the kills that hit.
int run_with_kills(const Pipeline& pipeline, std::mt19937& random, int kills_left) {
  std::uniform_int_distribution<int> moment_ms(5, 900);
  int kills = 0;
  for (int tries = 0; tries < 200; ++tries) {
    Process run(binary("veleta"), pipeline.run_arguments(true), pipeline.folder() / "run.log");
    if (kills < kills_left) {
      std::this_thread::sleep_for(std::chrono::milliseconds(moment_ms(random)));
      if (run.is_running()) {
        run.kill(SIGKILL);
        ++kills;
      }
    }
    if (run.wait() == 0) return kills;
  }
  ADD_FAILURE() << "the run never finished: " << pipeline.veleta({"history", pipeline.config().string()}).output;
  return kills_left;
}

/// With each of these grounds other things are written on the way.
class KilledRun : public testing::TestWithParam<std::string> {};

TEST_P(KilledRun, GoesOnToTheSameDecisionsWithNothingTwice) {
  const Story expected = undisturbed_story(GetParam());
  ASSERT_EQ(expected.decisions.size(), 6u);
  std::mt19937 random(2026);
  int idle_rounds = 0;
  for (int kills = 0; kills < kKills && idle_rounds < 5;) {
    const Folder folder;
    const DataApi api(folder);
    const Pipeline pipeline(folder, api.url(), Pipeline::kSmallLearner, "", GetParam());
    const int hits = run_with_kills(pipeline, random, kKills - kills);
    kills += hits;
    idle_rounds += hits == 0;
    const Story story = story_of(pipeline);
    EXPECT_EQ(story.decisions, expected.decisions);
    EXPECT_EQ(story, expected) << "after " << kills << " kills";
    EXPECT_EQ(pipeline.query("select count(*) from runs where state = 'running'"), "0");
    EXPECT_EQ(pipeline.query("select count(*) from unsure_sources"), "0");
    if (HasFailure()) return;
  }
  EXPECT_LT(idle_rounds, 5) << "the kills do not hit";
}

INSTANTIATE_TEST_SUITE_P(Grounds, KilledRun,
                         testing::Values(R"("drift", "performance", "new_categories")",
                                         R"("drift", "new_categories", "volume", "schema")"),
                         [](const auto& instance) { return instance.index == 0 ? "Usual" : "Schema"; });

/// The fetch after which nobody would miss the batch: a gap shows when the next one comes, and no next one comes.
TEST(KilledFetch, TakesTheLastBatchAgainThoughAnEarlierFetchOfItFailed) {
  constexpr int kExitPeerFailed = 9, kLastBatch = 5;
  const Folder folder;
  const DataApi api(folder);
  const Pipeline pipeline(folder, api.url(), "[[learner]]\nplugin = \"ridge\"\n");
  for (int batch = 0; batch < kLastBatch; ++batch) ASSERT_EQ(pipeline.run().status, 0);
  auto arguments = pipeline.run_arguments(false);
  arguments.insert(arguments.end(), {"--run-id", "the-last"});

  api.misbehave("500");
  ASSERT_EQ(pipeline.veleta(arguments).status, kExitPeerFailed);
  api.misbehave("none");
  api.misbehave("slow%3D60", 1);
  Process killed(binary("veleta"), arguments, folder / "killed.log");
  while (killed.is_running() && api.given_batches() <= kLastBatch)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(killed.is_running()) << killed.output();
  killed.kill(SIGKILL);
  killed.wait();

  const Outcome outcome = pipeline.veleta(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(text_or_empty(outcome.last(), "batch_id"), std::to_string(kLastBatch)) << outcome.output;
}

}  // namespace
}  // namespace veleta::test
