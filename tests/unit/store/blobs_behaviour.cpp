#include "blobs_behaviour.hpp"

#include <random>
#include <thread>
#include <vector>

#include "base/digest.hpp"

namespace veleta {

using ::testing::HasSubstr;

std::string noise(size_t byte_count) {
  std::mt19937_64 random(1);
  std::string bytes(byte_count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BlobsBehaviour);

TEST_P(BlobsBehaviour, AddressesBytesByTheirSha256) {
  // FIPS 180-2, appendix B.1.
  const BlobInfo info = blobs_->put("abc");
  EXPECT_EQ(info.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(info.byte_count, 3u);
  EXPECT_EQ(info.stored_byte_count, place_->stored(info.digest).size());
  EXPECT_EQ(blobs_->get(info.digest), "abc");
}

TEST_P(BlobsBehaviour, KeepsEveryKindOfBytes) {
  for (const std::string& bytes :
       {std::string(), std::string("\0\xff\n", 3), noise(3'000'000), std::string(5'000'000, 'x')}) {
    const BlobInfo info = blobs_->put(bytes);
    EXPECT_EQ(info.digest, sha256(bytes));
    EXPECT_TRUE(blobs_->contains(info.digest));
    EXPECT_TRUE(blobs_->get(info.digest) == bytes);
  }
}

TEST_P(BlobsBehaviour, PiecesMakeTheSameBlobAsTheWhole) {
  const std::string bytes = noise(100'000);
  const auto writer = blobs_->create();
  for (size_t at = 0; at < bytes.size(); at += 777) writer->write(std::string_view(bytes).substr(at, 777));
  EXPECT_EQ(writer->commit().digest, blobs_->put(bytes).digest);
}

TEST_P(BlobsBehaviour, ReadsIntoBuffersOfAnySize) {
  const std::string bytes = noise(300'000);
  const auto reader = blobs_->open(blobs_->put(bytes).digest);
  std::string found;
  char buffer[1013];
  while (const size_t count = reader->read(buffer, 1 + found.size() % sizeof buffer)) found.append(buffer, count);
  EXPECT_TRUE(found == bytes);
  EXPECT_EQ(reader->read(buffer, sizeof buffer), 0u);
}

TEST_P(BlobsBehaviour, CompressesWhatItStores) {
  const BlobInfo info = blobs_->put(std::string(1'000'000, 'x'));
  EXPECT_EQ(info.byte_count, 1'000'000u);
  EXPECT_LT(info.stored_byte_count, 1000u);
}

TEST_P(BlobsBehaviour, KeepsTheSameBytesOnce) {
  EXPECT_EQ(blobs_->put("same").digest, blobs_->put("same").digest);
  EXPECT_EQ(place_->count(), 1u);
}

TEST_P(BlobsBehaviour, CommittingAgainChangesNothing) {
  const auto writer = blobs_->create();
  writer->write("bytes");
  const std::string digest = writer->commit().digest;
  EXPECT_EQ(writer->commit().digest, digest);
  EXPECT_EQ(blobs_->get(digest), "bytes");
  EXPECT_EQ(place_->count(), 1u);
}

TEST_P(BlobsBehaviour, AnUncommittedBlobLeavesNothing) {
  for (const size_t byte_count : {10u, 10'000'000u}) blobs_->create()->write(noise(byte_count));
  EXPECT_EQ(place_->count(), 0u);
}

TEST_P(BlobsBehaviour, TellsABlobThatIsNotThere) {
  EXPECT_FALSE(blobs_->contains(std::string(64, 'a')));
  EXPECT_EQ(reading_error(std::string(64, 'a')), ErrorCode::kNotFound);
  EXPECT_EQ(reading_error("../../etc/passwd"), ErrorCode::kNotFound);
  EXPECT_EQ(reading_error(""), ErrorCode::kNotFound);
}

TEST_P(BlobsBehaviour, TellsABlobThatWasCutShort) {
  const std::string digest = blobs_->put(noise(500'000)).digest;
  const std::string whole = place_->stored(digest);
  for (const size_t byte_count : {400'000u, 10u, 0u}) {
    place_->store(digest, whole.substr(0, byte_count));
    EXPECT_EQ(reading_error(digest), ErrorCode::kBadData) << byte_count;
  }
}

TEST_P(BlobsBehaviour, TellsABlobThatWasAltered) {
  const std::string digest = blobs_->put(noise(500'000)).digest;
  std::string stored = place_->stored(digest);
  stored.replace(250'000, 2, "!?");
  place_->store(digest, stored);
  EXPECT_EQ(reading_error(digest), ErrorCode::kBadData);
}

TEST_P(BlobsBehaviour, TellsABlobUnderAnothersName) {
  const std::string digest = blobs_->put("one").digest;
  place_->store(digest, place_->stored(blobs_->put("two").digest));
  EXPECT_EQ(reading_error(digest), ErrorCode::kBadData);
}

TEST_P(BlobsBehaviour, WritingADamagedBlobAgainHealsIt) {
  const std::string digest = blobs_->put("bytes").digest;
  place_->store(digest, "()");
  blobs_->put("bytes");
  EXPECT_EQ(blobs_->get(digest), "bytes");
}

TEST_P(BlobsBehaviour, ManyThreadsWriteAndReadAtOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string bytes = "blob " + std::to_string((i + j) % 12);
        EXPECT_EQ(blobs_->get(blobs_->put(bytes).digest), bytes);
      }
    });
  threads.clear();
  EXPECT_EQ(place_->count(), 12u);
}

}  // namespace veleta
