#include "schedule.hpp"

#include <gmock/gmock.h>
#include <filesystem>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kHour_ms = 3'600'000;

TEST(DueTimes, AreMultiplesOfTheInterval) {
  const DueTimes hourly({3600, "", ""});
  EXPECT_FALSE(hourly.due(5 * kHour_ms, 6 * kHour_ms - 1));
  EXPECT_EQ(hourly.due(5 * kHour_ms, 6 * kHour_ms)->time_ms, 6 * kHour_ms);
  EXPECT_EQ(hourly.due(5 * kHour_ms, 6 * kHour_ms)->missed, 0);
}

TEST(DueTimes, TellWhatWasMissedAndDoNotPileUp) {
  const DueTimes hourly({3600, "", ""});
  const auto due = hourly.due(5 * kHour_ms, 9 * kHour_ms + 5).value();
  EXPECT_EQ(due.time_ms, 9 * kHour_ms);
  EXPECT_EQ(due.missed, 3);
  const auto after_years = hourly.due(0, 100'000 * kHour_ms).value();
  EXPECT_EQ(after_years.time_ms, 100'000 * kHour_ms);
  EXPECT_EQ(after_years.missed, DueTimes::kMostCounted);
}

TEST(DueTimes, FollowAnIntervalAndCronTogether) {
  const DueTimes both({7200, "30 * * * *", ""});
  EXPECT_EQ(both.due(0, kHour_ms)->time_ms, kHour_ms / 2);
  EXPECT_EQ(both.due(kHour_ms / 2 * 3, 2 * kHour_ms)->time_ms, 2 * kHour_ms);
}

class NewFilesTest : public ::testing::Test {
 protected:
  NewFilesTest() { fs::create_directory(folder_); }
  ~NewFilesTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) { write_file_atomically(folder_ / name, text); }
  std::vector<std::string> look(int64_t now_ms) {
    std::vector<std::string> names;
    for (const auto& arrival : files_.look(now_ms)) names.push_back(arrival.name);
    return names;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-files-" + new_id());
  NewFiles files_{folder_};
};

TEST_F(NewFilesTest, AreToldOnceTheyGrowNoMore) {
  write("a.csv", "1");
  EXPECT_THAT(look(0), IsEmpty());
  EXPECT_THAT(look(500), IsEmpty()) << "it may still grow";
  write("a.csv", "1\n2");
  EXPECT_THAT(look(1200), IsEmpty()) << "it did";
  EXPECT_THAT(look(2200), ElementsAre("a.csv"));
  EXPECT_THAT(look(9000), IsEmpty());
}

TEST_F(NewFilesTest, AreNotThoseBeingWritten) {
  for (const char* name : {"a.csv.part", "b.tmp", ".c.csv"}) write(name, "1");
  fs::create_directory(folder_ / "d.csv");
  look(0);
  EXPECT_THAT(look(5000), IsEmpty());
}

TEST_F(NewFilesTest, OfAFolderThatIsNotThereAreNone) {
  fs::remove_all(folder_);
  EXPECT_THAT(look(0), IsEmpty());
}

}  // namespace
}  // namespace veleta
