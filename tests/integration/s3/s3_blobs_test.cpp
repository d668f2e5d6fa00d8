#include "s3_blobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstdlib>

#include "base/digest.hpp"
#include "blobs_behaviour.hpp"
#include "s3_server.hpp"
#include "servers/thrown.hpp"

namespace veleta {
namespace {

using testing::thrown_by;

class BlobBucket final : public BlobsPlace {
 public:
  explicit BlobBucket(std::string prefix) : prefix_(std::move(prefix)) {}

  std::unique_ptr<BlobStore> open() override {
    return open_s3_blobs("s3://" + name_ + (prefix_.empty() ? "" : "/" + prefix_), server_settings());
  }
  std::string stored(const std::string& digest) override { return bucket_.get(key(digest)); }
  void store(const std::string& digest, const std::string& bytes) override { bucket_.put(key(digest), bytes); }
  size_t count() override { return bucket_.list("").size() + bucket_.abort_uploads("", -3600); }

  const std::string& name() const { return name_; }

 private:
  std::string key(const std::string& digest) const {
    return (prefix_.empty() ? "" : prefix_ + "/") + digest.substr(0, 2) + "/" + digest + ".zst";
  }

  const std::string prefix_;
  const std::string name_ = new_bucket();
  s3::Bucket bucket_{server_settings(), name_};
};

INSTANTIATE_TEST_SUITE_P(S3, BlobsBehaviour,
                         ::testing::Values(BlobsBackend{"prefix",
                                                        [] { return std::make_unique<BlobBucket>("raw data/of us"); }},
                                           BlobsBackend{"bucket", [] { return std::make_unique<BlobBucket>(""); }}));

TEST(S3Blobs, LargerThanAPartGoUpAndComeDownInParts) {
  BlobBucket place("large");
  const auto blobs = place.open();
  for (const size_t byte_count : {size_t{8} << 20, (size_t{16} << 20) + 1}) {
    const std::string bytes = noise(byte_count);
    const BlobInfo info = blobs->put(bytes);
    EXPECT_EQ(info.digest, sha256(bytes));
    EXPECT_GE(info.stored_byte_count, byte_count);
    EXPECT_TRUE(blobs->get(info.digest) == bytes);
  }
  EXPECT_EQ(place.count(), 2u);
}

TEST(S3Blobs, ABlobThatIsReplacedWhileItIsReadIsNotMixed) {
  BlobBucket place("");
  const auto blobs = place.open();
  const std::string digest = blobs->put(noise(9'000'000)).digest;
  const auto reader = blobs->open(digest);
  std::string block(1'000'000, '\0');
  reader->read(block.data(), block.size());
  place.store(digest, std::string(9'000'000, 'x'));
  EXPECT_EQ(thrown_by([&] {
              while (reader->read(block.data(), block.size()) > 0) {
              }
            }).code,
            ErrorCode::kUnavailable);
}

TEST(S3Blobs, OpenBlobsTakesItsSettingsFromTheEnvironment) {
  BlobBucket place("of/env");
  ::setenv("AWS_ACCESS_KEY_ID", "veleta", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "veletasecret", 1);
  ::setenv("AWS_ENDPOINT_URL", server_settings().endpoint.c_str(), 1);
  const std::string digest = open_blobs("s3://" + place.name() + "/of/env/")->put("bytes").digest;
  EXPECT_EQ(place.open()->get(digest), "bytes");
}

TEST(S3Blobs, TellAPlaceThatIsNone) {
  for (const char* uri : {"s3://", "s3:///prefix", "s3://bucket//prefix", "s3://bucket/a//b", "s3://B/prefix"})
    EXPECT_EQ(thrown_by([&] { open_s3_blobs(uri, server_settings()); }).code, ErrorCode::kInvalidArgument) << uri;
}

}  // namespace
}  // namespace veleta
