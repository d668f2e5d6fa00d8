#include <gmock/gmock.h>

#include "story.hpp"

// The platform does what the embedded default does.

namespace veleta::test {
namespace {

TEST(Platform, SixBatchesLeadToTheDecisionsAndModelsOfTheEmbeddedBackends) {
  const Folder folder;
  const DataApi api(folder);
  const PlatformPipeline platform(api.url(), Servers::started());
  const Outcome outcome = platform.run(true);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  start_over(api);
  const Pipeline embedded = embedded_twin(platform, folder, api.url());
  ASSERT_EQ(embedded.run(true).status, 0);

  const Story story = story_of(platform);
  EXPECT_EQ(story.decisions.size(), 6u);
  EXPECT_GE(story.versions.size(), 3u);
  EXPECT_EQ(story, story_of(embedded));
  expect_whole(platform);
}

}  // namespace
}  // namespace veleta::test
