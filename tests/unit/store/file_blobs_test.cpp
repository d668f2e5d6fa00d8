#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "blobs_behaviour.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class BlobFolder final : public BlobsPlace {
 public:
  ~BlobFolder() override { fs::remove_all(folder_); }

  std::unique_ptr<BlobStore> open() override { return open_blobs(folder_.string()); }
  std::string stored(const std::string& digest) override { return read_file(file_of(digest)); }
  void store(const std::string& digest, const std::string& bytes) override {
    write_file_atomically(file_of(digest), bytes);
  }
  size_t count() override {
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) count += entry.is_regular_file();
    return count;
  }

  const fs::path& folder() const { return folder_; }

 private:
  fs::path file_of(const std::string& digest) const { return folder_ / digest.substr(0, 2) / (digest + ".zst"); }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-blobs-" + new_id());
};

INSTANTIATE_TEST_SUITE_P(Files, BlobsBehaviour,
                         ::testing::Values(BlobsBackend{"files", [] { return std::make_unique<BlobFolder>(); }}));

TEST(FileBlobs, OpeningRemovesWhatDeadWritersLeftAndNothingElse) {
  BlobFolder place;
  const fs::path staging = place.folder() / "staging";
  const auto blobs = place.open();
  const auto living = blobs->create();
  living->write("written by a living one");
  EXPECT_EQ(place.count(), 1u);
  std::ofstream(staging / "dead.part") << "half";
  const auto two_hours_ago = fs::file_time_type::clock::now() - std::chrono::hours(2);
  for (const auto& entry : fs::directory_iterator(staging)) fs::last_write_time(entry.path(), two_hours_ago);
  place.open();
  EXPECT_FALSE(fs::exists(staging / "dead.part"));
  EXPECT_EQ(blobs->get(living->commit().digest), "written by a living one");
}

TEST(FileBlobs, TellsAFolderThatCannotBeMade) {
  BlobFolder place;
  write_file_atomically(place.folder() / "file", "x");
  try {
    open_file_blobs((place.folder() / "file" / "blobs").string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr((place.folder() / "file").string()));
  }
}

}  // namespace
}  // namespace veleta
