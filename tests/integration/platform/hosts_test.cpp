#include <gmock/gmock.h>

#include "story.hpp"

// Two hosts that run one pipeline.

namespace veleta::test {
namespace {

constexpr const char* kRidge = "[[learner]]\nplugin = \"ridge\"\n";
constexpr int kExitConflict = 8;

TEST(TwoHosts, TakeTurnsAndNoBatchTwice) {
  constexpr int kRounds = 4;
  const Folder folder;
  const DataApi api(folder);
  const PlatformPipeline pipeline(api.url(), Servers::started(), kRidge);
  ASSERT_EQ(pipeline.run().status, 0);
  int conflicts = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto first = pipeline.start("run", {"--json"}), second = pipeline.start("run", {"--json"});
    int winners = 0;
    for (const auto* host : {first.get(), second.get()}) {
      const int status = const_cast<Process*>(host)->wait();
      winners += status == 0;
      if (status == 0) continue;
      ++conflicts;
      EXPECT_EQ(status, kExitConflict) << host->output();
      EXPECT_THAT(host->output(), ::testing::ContainsRegex("is being run by veleta .+ pid [0-9]+ since"));
    }
    EXPECT_GE(winners, 1);
  }
  EXPECT_GT(conflicts, 0) << "they never met";
  EXPECT_EQ(pipeline.run(true).status, 0);

  start_over(api);
  const Folder twin_folder;
  const Pipeline twin = embedded_twin(pipeline, twin_folder, api.url(), kRidge);
  ASSERT_EQ(twin.run(true).status, 0);
  EXPECT_EQ(story_of(pipeline), story_of(twin));
  expect_whole(pipeline);
}

}  // namespace
}  // namespace veleta::test
