#include "s3/bucket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3_server.hpp"
#include "servers/thrown.hpp"

namespace veleta::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Thrown;
using testing::thrown_by;

class RealBucket : public ::testing::Test {
 protected:
  std::vector<std::string> keys(const std::string& prefix, int page_size = 1000) {
    std::vector<std::string> result;
    for (const ObjectInfo& object : bucket_.list(prefix, page_size)) result.push_back(object.key);
    return result;
  }

  const std::string name_ = new_bucket();
  Bucket bucket_{server_settings(), name_};
};

TEST_F(RealBucket, KeepsObjectsUnderKeysOfAllCharacters) {
  for (const std::string key :
       {"plain", "ab/cd.zst", "a b+c=d(ñ)~!*'/x%y;&?#.zst", "日本/🧭", "%41", "a:b@c,d$e", "[x]{y}|z^`\"<>"}) {
    EXPECT_NE(bucket_.put(key, "bytes of " + key), "");
    EXPECT_EQ(bucket_.get(key), "bytes of " + key);
    EXPECT_EQ(bucket_.head(key).value().byte_count, 9 + key.size());
    EXPECT_THAT(keys(key), ::testing::ElementsAre(key));
    bucket_.remove(key);
    EXPECT_FALSE(bucket_.head(key).has_value()) << key;
  }
}

TEST_F(RealBucket, KeepsEveryKindOfBytes) {
  for (const std::string& bytes : {std::string(), std::string("\0\xff\r\n", 4), std::string(3'000'000, 'x')}) {
    bucket_.put("key", bytes);
    EXPECT_TRUE(bucket_.get("key") == bytes);
  }
}

TEST_F(RealBucket, MakingItAgainLeavesItAsItIs) {
  bucket_.put("key", "bytes");
  bucket_.create();
  EXPECT_EQ(bucket_.get("key"), "bytes");
}

TEST_F(RealBucket, RemovingWhatIsNotThereIsNoError) { bucket_.remove("never/was"); }

TEST_F(RealBucket, GivesRanges) {
  const std::string etag = bucket_.put("key", "0123456789");
  const ObjectPart part = bucket_.get("key", {3, 4}, etag);
  EXPECT_EQ(part.bytes, "3456");
  EXPECT_EQ(part.object_byte_count, 10u);
  EXPECT_EQ(part.etag, etag);
  EXPECT_EQ(bucket_.get("key", {8, 100}).bytes, "89");
  EXPECT_EQ(bucket_.get("key", {0, 100}).bytes, "0123456789");
  EXPECT_EQ(thrown_by([&] { bucket_.get("key", {10, 1}); }).code, ErrorCode::kBadData);
}

TEST_F(RealBucket, ARangeOfAnotherObjectThanBeforeIsAConflict) {
  const std::string etag = bucket_.put("key", "0123456789");
  bucket_.put("key", "abcdefghij");
  EXPECT_EQ(thrown_by([&] { bucket_.get("key", {3, 4}, etag); }).code, ErrorCode::kConflict);
}

TEST_F(RealBucket, ListsByPrefixAndPageByPage) {
  for (int i = 0; i < 7; ++i) bucket_.put("a/b c/" + std::to_string(i), "x");
  bucket_.put("a/b", "x");
  bucket_.put("z", "x");
  EXPECT_THAT(keys("a/b c/", 3),
              ::testing::ElementsAre("a/b c/0", "a/b c/1", "a/b c/2", "a/b c/3", "a/b c/4", "a/b c/5", "a/b c/6"));
  EXPECT_EQ(keys("", 2).size(), 9u);
  EXPECT_TRUE(keys("nothing").empty());
  EXPECT_EQ(bucket_.list("z").at(0).byte_count, 1u);
}

TEST_F(RealBucket, PutsOnConditions) {
  PutCondition if_absent, if_same;
  if_absent.if_absent = true;
  if_same.if_etag = bucket_.put("key", "one", if_absent);
  EXPECT_EQ(thrown_by([&] { bucket_.put("key", "two", if_absent); }).code, ErrorCode::kConflict);
  EXPECT_EQ(bucket_.get("key"), "one");
  const std::string etag = bucket_.put("key", "three", if_same);
  EXPECT_EQ(etag, bucket_.head("key").value().etag);
  EXPECT_EQ(thrown_by([&] { bucket_.put("key", "four", if_same); }).code, ErrorCode::kConflict);
  EXPECT_EQ(bucket_.get("key"), "three");
}

TEST_F(RealBucket, TakesAnObjectInParts) {
  const std::string first(5 << 20, 'a'), second = "the rest";
  const auto upload = bucket_.begin_upload("in parts");
  upload->add_part(first);
  upload->add_part(second);
  EXPECT_FALSE(bucket_.head("in parts").has_value());
  const std::string etag = upload->complete();
  EXPECT_EQ(bucket_.head("in parts").value().etag, etag);
  EXPECT_TRUE(bucket_.get("in parts") == first + second);
}

TEST_F(RealBucket, APartThatIsTooSmallFailsTheUpload) {
  const auto upload = bucket_.begin_upload("in parts");
  upload->add_part("small");
  upload->add_part("parts");
  const Thrown thrown = thrown_by([&] { upload->complete(); });
  EXPECT_THAT(thrown.message, HasSubstr("EntityTooSmall"));
  EXPECT_FALSE(bucket_.head("in parts").has_value());
}

TEST_F(RealBucket, AnUploadThatIsDroppedLeavesNothing) {
  bucket_.begin_upload("p/dropped")->add_part("bytes");
  EXPECT_FALSE(bucket_.head("p/dropped").has_value());
  EXPECT_EQ(bucket_.abort_uploads("p/dropped", -3600), 0u);
}

TEST_F(RealBucket, UploadsThatNobodyEndsAreGivenUpByTheirAge) {
  const auto upload = bucket_.begin_upload("p/forgotten");
  upload->add_part("bytes");
  EXPECT_EQ(bucket_.abort_uploads("p/", 3600), 0u);
  // MinIO lists the uploads of a whole key only, and removes those that nobody ends by itself.
  const std::string prefix = is_minio() ? "p/forgotten" : "p/";
  EXPECT_EQ(bucket_.abort_uploads(prefix, -3600), 1u);
  EXPECT_EQ(bucket_.abort_uploads(prefix, -3600), 0u);
  EXPECT_EQ(thrown_by([&] { upload->complete(); }).code, ErrorCode::kConflict);
}

TEST_F(RealBucket, PresignedUrlsNeedNoCredentials) {
  const std::string key = "a b+c=(ñ).zst";
  http::Client anybody({});
  EXPECT_EQ(anybody.send({.method = "PUT", .url = bucket_.presigned_url("PUT", key, 300), .body = "bytes"}).status,
            200);
  EXPECT_EQ(anybody.send({.url = bucket_.presigned_url("GET", key, 300)}).body, "bytes");
  std::string altered = bucket_.presigned_url("GET", key, 300);
  char& digit = altered[altered.find("X-Amz-Signature=") + 16];
  digit = digit == '0' ? '1' : '0';
  EXPECT_EQ(anybody.send({.url = altered}).status, 403);
}

TEST_F(RealBucket, TellsWhatIsNotThere) {
  const Thrown key = thrown_by([&] { bucket_.get("no/such"); });
  EXPECT_EQ(key.code, ErrorCode::kNotFound);
  EXPECT_THAT(key.message, HasSubstr("NoSuchKey"));
  EXPECT_THAT(key.message, HasSubstr("s3://" + name_ + "/no/such"));
  Bucket missing(server_settings(), name_ + "-missing");
  EXPECT_THAT(thrown_by([&] { missing.put("key", "bytes"); }).message, HasSubstr("NoSuchBucket"));
}

TEST_F(RealBucket, TellsCredentialsThatAreWrongWithoutShowingThem) {
  for (const Credentials& credentials :
       {Credentials{"veleta", "hidden-secret", ""}, Credentials{"somebody", "veletasecret", ""}}) {
    Settings settings = server_settings();
    settings.credentials = credentials;
    const Thrown thrown = thrown_by([&] { Bucket(settings, name_).put("key", "bytes"); });
    EXPECT_EQ(thrown.code, ErrorCode::kRefused);
    EXPECT_THAT(thrown.message,
                HasSubstr(credentials.access_key_id == "veleta" ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
    for (const char* secret : {"hidden-secret", "veletasecret", "Signature="})
      EXPECT_THAT(thrown.message, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace veleta::s3
