#include "store/blobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileBlobs : public ::testing::Test {
 protected:
  ~FileBlobs() override { fs::remove_all(folder_); }

  fs::path file_of(const std::string& digest) const { return folder_ / digest.substr(0, 2) / (digest + ".zst"); }

  size_t file_count() const {
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) count += entry.is_regular_file();
    return count;
  }

  /// What reading the blob to its end throws.
  ErrorCode reading_error(const std::string& digest) {
    try {
      blobs_->get(digest);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(digest));
      return error.code();
    }
    ADD_FAILURE() << "no Error was thrown";
    return ErrorCode::kInternal;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-blobs-" + new_id());
  std::unique_ptr<BlobStore> blobs_ = open_file_blobs(folder_.string());
};

std::string noise(size_t byte_count) {
  std::mt19937_64 random(1);
  std::string bytes(byte_count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_F(FileBlobs, AddressesBytesByTheirSha256) {
  // FIPS 180-2, appendix B.1.
  const BlobInfo info = blobs_->put("abc");
  EXPECT_EQ(info.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(info.byte_count, 3u);
  EXPECT_EQ(info.stored_byte_count, fs::file_size(file_of(info.digest)));
  EXPECT_EQ(blobs_->get(info.digest), "abc");
}

TEST_F(FileBlobs, KeepsEveryKindOfBytes) {
  for (const std::string& bytes :
       {std::string(), std::string("\0\xff\n", 3), noise(3'000'000), std::string(5'000'000, 'x')}) {
    const BlobInfo info = blobs_->put(bytes);
    EXPECT_EQ(info.digest, sha256(bytes));
    EXPECT_TRUE(blobs_->contains(info.digest));
    EXPECT_TRUE(blobs_->get(info.digest) == bytes);
  }
}

TEST_F(FileBlobs, PiecesMakeTheSameBlobAsTheWhole) {
  const std::string bytes = noise(100'000);
  const auto writer = blobs_->create();
  for (size_t at = 0; at < bytes.size(); at += 777) writer->write(std::string_view(bytes).substr(at, 777));
  EXPECT_EQ(writer->commit().digest, blobs_->put(bytes).digest);
}

TEST_F(FileBlobs, ReadsIntoBuffersOfAnySize) {
  const std::string bytes = noise(300'000);
  const auto reader = blobs_->open(blobs_->put(bytes).digest);
  std::string found;
  char buffer[1013];
  while (const size_t count = reader->read(buffer, 1 + found.size() % sizeof buffer)) found.append(buffer, count);
  EXPECT_TRUE(found == bytes);
  EXPECT_EQ(reader->read(buffer, sizeof buffer), 0u);
}

TEST_F(FileBlobs, CompressesOnDisk) {
  const BlobInfo info = blobs_->put(std::string(1'000'000, 'x'));
  EXPECT_EQ(info.byte_count, 1'000'000u);
  EXPECT_LT(info.stored_byte_count, 1000u);
}

TEST_F(FileBlobs, KeepsTheSameBytesOnce) {
  EXPECT_EQ(blobs_->put("same").digest, blobs_->put("same").digest);
  EXPECT_EQ(file_count(), 1u);
}

TEST_F(FileBlobs, AnUncommittedBlobLeavesNothing) {
  {
    const auto writer = blobs_->create();
    writer->write(noise(1'000'000));
    EXPECT_EQ(file_count(), 1u);
  }
  EXPECT_EQ(file_count(), 0u);
}

TEST_F(FileBlobs, TellsABlobThatIsNotThere) {
  EXPECT_FALSE(blobs_->contains(std::string(64, 'a')));
  EXPECT_EQ(reading_error(std::string(64, 'a')), ErrorCode::kNotFound);
  EXPECT_EQ(reading_error("../../etc/passwd"), ErrorCode::kNotFound);
  EXPECT_EQ(reading_error(""), ErrorCode::kNotFound);
}

TEST_F(FileBlobs, TellsABlobThatWasCutShort) {
  const std::string digest = blobs_->put(noise(500'000)).digest;
  for (const size_t byte_count : {400'000u, 10u, 0u}) {
    fs::resize_file(file_of(digest), byte_count);
    EXPECT_EQ(reading_error(digest), ErrorCode::kBadData) << byte_count;
  }
}

TEST_F(FileBlobs, TellsABlobThatWasAltered) {
  const std::string digest = blobs_->put(noise(500'000)).digest;
  std::fstream file(file_of(digest), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(250'000);
  file.put('!').put('?');
  file.close();
  EXPECT_EQ(reading_error(digest), ErrorCode::kBadData);
}

TEST_F(FileBlobs, TellsABlobUnderAnothersName) {
  const std::string digest = blobs_->put("one").digest;
  fs::copy_file(file_of(blobs_->put("two").digest), file_of(digest), fs::copy_options::overwrite_existing);
  EXPECT_EQ(reading_error(digest), ErrorCode::kBadData);
}

TEST_F(FileBlobs, WritingADamagedBlobAgainHealsIt) {
  const std::string digest = blobs_->put("bytes").digest;
  fs::resize_file(file_of(digest), 2);
  blobs_->put("bytes");
  EXPECT_EQ(blobs_->get(digest), "bytes");
}

TEST_F(FileBlobs, OpeningRemovesWhatDeadWritersLeftAndNothingElse) {
  const auto living = blobs_->create();
  living->write("written by a living one");
  const fs::path left_over = folder_ / "staging" / "dead.part";
  std::ofstream(left_over) << "half";
  const auto two_hours_ago = fs::file_time_type::clock::now() - std::chrono::hours(2);
  for (const auto& entry : fs::directory_iterator(folder_ / "staging"))
    fs::last_write_time(entry.path(), two_hours_ago);
  open_file_blobs(folder_.string());
  EXPECT_FALSE(fs::exists(left_over));
  EXPECT_EQ(blobs_->get(living->commit().digest), "written by a living one");
}

TEST_F(FileBlobs, TellsAFolderThatCannotBeMade) {
  write_file_atomically(folder_ / "file", "x");
  try {
    open_file_blobs((folder_ / "file" / "blobs").string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr((folder_ / "file").string()));
  }
}

TEST_F(FileBlobs, ManyThreadsWriteAndReadAtOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string bytes = "blob " + std::to_string((i + j) % 12);
        EXPECT_EQ(blobs_->get(blobs_->put(bytes).digest), bytes);
      }
    });
  threads.clear();
  EXPECT_EQ(file_count(), 12u);
}

}  // namespace
}  // namespace veleta
