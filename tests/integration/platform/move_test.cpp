#include <fmt/format.h>
#include <gmock/gmock.h>

#include "quickstart.hpp"
#include "story.hpp"

// A history that moves from the embedded backends to the platform, and back to others that are embedded.

namespace veleta::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Move : public ::testing::Test {
 protected:
  static Outcome command(const Pipeline& pipeline, const std::string& name, const std::string& argument) {
    return pipeline.veleta({name, pipeline.config().string(), argument});
  }
  static Outcome command(const PlatformPipeline& pipeline, const std::string& name, const std::string& argument) {
    return pipeline.veleta(name, {argument});
  }
  template <typename SomePipeline>
  static void expect(const SomePipeline& pipeline, const std::string& name, const std::string& argument,
                     const std::string& told) {
    const Outcome outcome = command(pipeline, name, argument);
    EXPECT_EQ(outcome.status, 0) << name << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(told)) << name;
  }
  /// The newest version is made again from what is recorded there.
  template <typename SomePipeline>
  static void expect_reproducible(const SomePipeline& pipeline, const std::string& run) {
    expect(pipeline, "reproduce", run, "bit for bit the same");
  }

  const Folder folder_, there_folder_, back_folder_;
  const DataApi api_{folder_};
  const PlatformPipeline platform_{api_.url(), Servers::started()};
  const Pipeline from_ = embedded_twin(platform_, there_folder_, api_.url());
  const Pipeline to_ = embedded_twin(platform_, back_folder_, api_.url());
};

TEST_F(Move, ToThePlatformAndBackLosesNothing) {
  constexpr const char* kNothing =
      "imported 0 runs, 0 batches (0 clean rows), 0 inferences, 0 labels, 0 tracked runs, 0 model";
  const std::string there = folder_ / "there", back = folder_ / "back", again = folder_ / "again";
  for (int batch = 0; batch < 3; ++batch) ASSERT_EQ(from_.run().status, 0);
  const Story story = story_of(from_);
  const std::string run(from_.history().back().at("run_id").as_string());

  expect(from_, "export", there, "exported 3 runs, 3 batches");
  expect(platform_, "import", there, "imported 3 runs, 3 batches");
  EXPECT_EQ(story_of(platform_), story);
  expect_whole(platform_);
  expect(platform_, "import", there, kNothing);
  EXPECT_EQ(story_of(platform_), story);
  expect_whole(platform_);
  expect_reproducible(platform_, run);

  expect(platform_, "export", back, "exported 3 runs, 3 batches");
  expect(to_, "import", back, "imported 3 runs, 3 batches");
  EXPECT_EQ(story_of(to_), story);
  expect(to_, "import", back, kNothing);
  EXPECT_EQ(story_of(to_), story);
  expect_reproducible(to_, run);
  expect_reproducible(from_, run);

  // It goes on on either side as if it had been there from the start.
  ASSERT_EQ(platform_.run().status, 0);
  start_over(api_);
  ASSERT_EQ(to_.run().status, 0);
  EXPECT_EQ(story_of(platform_), story_of(to_));
}

}  // namespace
}  // namespace veleta::test
