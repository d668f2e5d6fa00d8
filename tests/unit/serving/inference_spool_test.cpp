#include "inference_spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmath>
#include <fstream>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

std::vector<InferenceRecord> records(size_t count, const std::string& id) {
  std::vector<InferenceRecord> made(count);
  for (size_t row = 0; row < count; ++row) {
    made[row] = {id, 1'700'000'000'000, "realty", "3", R"({"bed": 3, "city": "Ñ"})", 0.1, 200, "", 120};
    made[row].time_ms += static_cast<int64_t>(row);
  }
  return made;
}

class Spool : public ::testing::Test {
 protected:
  ~Spool() override { fs::remove_all(folder_); }

  /// Takes all that is there, and names the chunks.
  static std::vector<std::string> drain(InferenceSpool& spool) {
    std::vector<std::string> found;
    while (const auto chunk = spool.front()) {
      found.push_back(fmt::format("{} {}: {} x {}", chunk->key.writer, chunk->key.number, chunk->records.size(),
                                  chunk->records.front().request_id));
      spool.pop();
    }
    return found;
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.path().extension() == ".spool") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-spool-" + new_id());
};

TEST_F(Spool, IsNotOnTheDiskBeforeItIsNeeded) {
  {
    InferenceSpool spool(folder_, "a");
    EXPECT_TRUE(spool.empty());
    EXPECT_EQ(spool.front(), std::nullopt);
  }
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(Spool, GivesEveryFieldBack) {
  InferenceSpool spool(folder_, "a");
  const InferenceRecord odd{std::string("q\0", 2), -1, "Ñ", "", "{}", std::nan(""), 503, "\xff", INT64_MAX};
  ASSERT_TRUE(spool.append({"a", 7}, {odd}));
  const auto found = spool.front();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key.writer, "a");
  EXPECT_EQ(found->key.number, 7);
  const InferenceRecord& record = found->records.at(0);
  EXPECT_EQ(record.request_id, odd.request_id);
  EXPECT_EQ(record.time_ms, -1);
  EXPECT_EQ(record.pipeline, "Ñ");
  EXPECT_EQ(record.model_version, "");
  EXPECT_EQ(record.input, "{}");
  EXPECT_TRUE(std::isnan(record.prediction));
  EXPECT_EQ(record.status, 503);
  EXPECT_EQ(record.error, "\xff");
  EXPECT_EQ(record.latency_us, INT64_MAX);
}

TEST_F(Spool, GivesChunksInTheirOrderAndKeepsNothing) {
  InferenceSpool spool(folder_, "a", InferenceSpool::kCapacityBytes, 2000);
  for (int64_t number = 1; number <= 20; ++number) ASSERT_TRUE(spool.append({"a", number}, records(5, "q")));
  EXPECT_EQ(spool.rows(), 100U);
  EXPECT_GT(files().size(), 3U);
  for (int64_t number = 1; number <= 20; ++number) {
    for (int times = 0; times < 2; ++times) EXPECT_EQ(spool.front()->key.number, number) << "it stays until pop";
    spool.pop();
    ASSERT_TRUE(spool.append({"a", 20 + number}, records(1, "later")));
  }
  EXPECT_EQ(drain(spool).size(), 20U);
  EXPECT_TRUE(spool.empty());
  EXPECT_EQ(spool.rows(), 0U);
  EXPECT_EQ(spool.bytes(), 0U);
  EXPECT_TRUE(files().empty());
}

TEST_F(Spool, OutlivesItsProcessAndComesBeforeTheNextOnes) {
  {
    InferenceSpool spool(folder_, "a");
    for (int64_t number = 1; number <= 3; ++number) spool.append({"a", number}, records(2, "old"));
    spool.front();
    spool.pop();
  }
  InferenceSpool spool(folder_, "b");
  EXPECT_EQ(spool.rows(), 6U) << "what was given and not known to be written comes again";
  spool.append({"b", 1}, records(1, "new"));
  EXPECT_THAT(drain(spool), ElementsAre("a 1: 2 x old", "a 2: 2 x old", "a 3: 2 x old", "b 1: 1 x new"));
  EXPECT_TRUE(files().empty());
  EXPECT_FALSE(fs::exists(folder_ / "a.lock"));
}

TEST_F(Spool, LeavesTheFilesOfALivingProcessAloneUntilItDies) {
  auto living = std::make_unique<InferenceSpool>(folder_, "a");
  living->append({"a", 1}, records(1, "left"));
  InferenceSpool other(folder_, "b");
  EXPECT_TRUE(other.empty());
  other.take_over();
  EXPECT_TRUE(other.empty());
  living.reset();
  other.take_over();
  EXPECT_THAT(drain(other), ElementsAre("a 1: 1 x left"));
}

TEST_F(Spool, KeepsWhatAProcessThatWasKilledHadAppended) {
  const pid_t child = ::fork();
  if (child == 0) {
    InferenceSpool spool(folder_, "a");
    for (int64_t number = 1; number <= 5; ++number) spool.append({"a", number}, records(2, "killed"));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  InferenceSpool spool(folder_, "b");
  EXPECT_EQ(drain(spool).size(), 5U);
}

TEST_F(Spool, PassesOverARecordThatWasCutShort) {
  for (const uint64_t cut : {1, 10, 100, 200}) {
    {
      InferenceSpool spool(folder_, "a");
      spool.append({"a", 1}, records(2, "whole"));
      spool.append({"a", 2}, records(2, "torn"));
    }
    fs::resize_file(files().at(0), fs::file_size(files().at(0)) - cut);
    InferenceSpool spool(folder_, "b");
    EXPECT_EQ(spool.rows(), 2U);
    spool.append({"b", 1}, records(1, "new"));
    EXPECT_THAT(drain(spool), ElementsAre("a 1: 2 x whole", "b 1: 1 x new")) << cut;
  }
}

TEST_F(Spool, PassesOverARecordThatWasAltered) {
  {
    InferenceSpool spool(folder_, "a");
    for (int64_t number = 1; number <= 3; ++number) spool.append({"a", number}, records(2, "x"));
  }
  std::string bytes = read_file(files().at(0));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(files().at(0), std::ios::binary) << bytes;
  InferenceSpool spool(folder_, "b");
  EXPECT_THAT(drain(spool), ElementsAre("a 1: 2 x x"));
  EXPECT_EQ(spool.rows(), 0U);
  EXPECT_EQ(spool.bytes(), 0U);
}

TEST_F(Spool, PassesOverWhatIsNoFile) {
  std::filesystem::create_directories(folder_);
  std::filesystem::create_symlink("/nonexistent", folder_ / "gone-000001.spool");
  std::filesystem::create_directory(folder_ / "folder-000001.spool");
  InferenceSpool spool(folder_, "mine");
  EXPECT_TRUE(spool.empty());
  EXPECT_NO_THROW(spool.take_over());
}

TEST_F(Spool, IsBounded) {
  InferenceSpool spool(folder_, "a", 10'000, 2000);
  int64_t taken = 0;
  while (spool.append({"a", taken + 1}, records(5, "q"))) ++taken;
  EXPECT_GT(taken, 5);
  EXPECT_LE(spool.bytes(), 10'000U);
  spool.front();
  spool.pop();
  EXPECT_TRUE(spool.append({"a", taken + 1}, records(5, "q")));
  EXPECT_EQ(drain(spool).size(), static_cast<size_t>(taken));
}

TEST_F(Spool, TellsAFolderThatCannotBeMade) {
  write_file_atomically(folder_ / "file", "x");
  EXPECT_THROW(InferenceSpool(folder_ / "file", "a"), Error);
}

}  // namespace
}  // namespace veleta
