#include "s3/bucket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "scripted_bucket.hpp"
#include "servers/thrown.hpp"

namespace veleta::s3 {
namespace {

using ::testing::HasSubstr;
using testing::http_answer;
using testing::HttpMessage;
using testing::ScriptedServer;
using ::testing::StartsWith;
using testing::thrown_by;

TEST(S3Requests, AreSignedAndTellTheHashOfTheirBody) {
  ScriptedBucket store([](const HttpMessage&) { return http_answer(200); });
  store.bucket.put("a b/ñ", "bytes");
  store.bucket.get("k");
  const HttpMessage put = store.server.requests().at(0), get = store.server.requests().at(1);
  EXPECT_EQ(put.target, "/raw-data/a%20b/%C3%B1");
  EXPECT_EQ(header_of(put, "X-Amz-Content-Sha256"), sha256("bytes"));
  EXPECT_EQ(header_of(get, "X-Amz-Content-Sha256"), sha256(""));
  EXPECT_EQ(header_of(put, "X-Amz-Security-Token"), "hidden-token");
  EXPECT_THAT(
      header_of(put, "Authorization"),
      ::testing::MatchesRegex("AWS4-HMAC-SHA256 Credential=the-id/[0-9]+/us-east-1/s3/aws4_request,SignedHeaders="
                              "host;x-amz-content-sha256;x-amz-date;x-amz-security-token,Signature=[0-9a-f]+"));
}

TEST(S3Requests, NameTheBucketInTheHostWhereItIsAddressedSo) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200, "bytes"); });
  const std::string port = server.url().substr(server.url().rfind(':'));
  Settings settings = scripted_settings("http://localhost" + port);
  settings.addressing = Addressing::kVirtualHost;
  EXPECT_EQ(Bucket(settings, "raw-data").get("ab/key"), "bytes");
  EXPECT_EQ(server.requests().at(0).target, "/ab/key");
  EXPECT_EQ(header_of(server.requests().at(0), "Host"), "raw-data.localhost" + port);
}

TEST(S3Requests, KeepTheEndpointsPath) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200, "bytes"); });
  Bucket bucket(scripted_settings(server.url() + "/store"), "raw-data");
  bucket.get("key");
  EXPECT_EQ(server.requests().at(0).target, "/store/raw-data/key");
}

TEST(S3Requests, ToMakeABucketNameItsRegionUnlessItIsTheFirst) {
  ScriptedServer server([](const HttpMessage&) { return http_answer(200); });
  Settings settings = scripted_settings(server.url());
  Bucket(settings, "raw-data").create();
  settings.region = "eu-south-2";
  Bucket(settings, "raw-data").create();
  EXPECT_EQ(server.requests().at(0).target, "/raw-data");
  EXPECT_EQ(server.requests().at(0).body, "");
  EXPECT_EQ(
      server.requests().at(1).body,
      "<CreateBucketConfiguration><LocationConstraint>eu-south-2</LocationConstraint></CreateBucketConfiguration>");
}

TEST(S3Requests, WithoutAKeyOrWithAnEmptyRangeAreRefused) {
  ScriptedBucket store([](const HttpMessage&) { return http_answer(200); });
  EXPECT_EQ(thrown_by([&] { store.bucket.get(""); }).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(thrown_by([&] { store.bucket.remove(""); }).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(thrown_by([&] { store.bucket.get("k", {5, 0}); }).code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store.server.requests().empty());
}

/// What a GET of bytes 2 to 5 makes of an answer.
ObjectPart range_of(const std::string& answer, uint64_t begin = 2) {
  ScriptedBucket store([&](const HttpMessage&) { return answer; });
  return store.bucket.get("key", {begin, 4});
}

TEST(S3Ranges, TellThePartAndTheWholesSize) {
  const ObjectPart part = range_of(http_answer(206, "cdef", "Content-Range: bytes 2-5/26\r\nETag: \"e\"\r\n"));
  EXPECT_EQ(part.bytes, "cdef");
  EXPECT_EQ(part.object_byte_count, 26u);
  EXPECT_EQ(part.etag, "\"e\"");
  EXPECT_EQ(range_of(http_answer(206, "cd", "Content-Range: bytes 2-3/4\r\n")).object_byte_count, 4u);
  EXPECT_EQ(range_of(http_answer(200, "abc"), 0).object_byte_count, 3u);
}

TEST(S3Ranges, OfOtherBytesThanAskedForAreRefused) {
  for (const std::string& answer : {http_answer(200, "abcdefgh"), http_answer(206, "cdef"),
                                    http_answer(206, "cde", "Content-Range: bytes 2-5/26\r\n"),
                                    http_answer(206, "cdef", "Content-Range: bytes 0-3/26\r\n"),
                                    http_answer(206, "cdef", "Content-Range: bytes 2-5/*\r\n"),
                                    http_answer(206, "", "Content-Range: bytes 2-1/1\r\n")})
    EXPECT_EQ(thrown_by([&] { range_of(answer); }).code, ErrorCode::kPeerFailed) << answer;
}

std::string page(const std::string& key, const std::string& next, const std::string& more = "") {
  return http_answer(200, "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + more +
                              "<IsTruncated>" + (next.empty() ? "false" : "true") +
                              "</IsTruncated><NextContinuationToken>" + next +
                              "</NextContinuationToken><Contents><Key>" + key +
                              "</Key><Size>12345678901</Size><ETag>&quot;e&quot;</ETag></Contents></ListBucketResult>");
}

TEST(S3Lists, GoOnFromPageToPage) {
  ScriptedBucket store([](const HttpMessage& request) {
    return request.target.find("continuation-token") == std::string::npos ? page("a&amp;b", "t+/=") : page("c", "");
  });
  const std::vector<ObjectInfo> objects = store.bucket.list("a/b c", 7);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0].key, "a&b");
  EXPECT_EQ(objects[0].byte_count, 12345678901u);
  EXPECT_EQ(objects[0].etag, "\"e\"");
  EXPECT_EQ(objects[1].key, "c");
  EXPECT_EQ(store.server.requests().at(1).target,
            "/raw-data?continuation-token=t%2B%2F%3D&encoding-type=url&list-type=2&max-keys=7&prefix=a%2Fb%20c");
}

TEST(S3Lists, DecodeKeysWhereTheServerSaysThatItEncodedThem) {
  const auto key = [](const std::string& more) {
    ScriptedBucket store([&](const HttpMessage&) { return page("a%20b+c%2B", "", more); });
    return store.bucket.list("").at(0).key;
  };
  EXPECT_EQ(key("<EncodingType>url</EncodingType>"), "a b c+");
  EXPECT_EQ(key(""), "a%20b+c%2B");
}

TEST(S3Lists, ThatGoRoundInCirclesEnd) {
  ScriptedBucket store([](const HttpMessage&) { return page("a", "same"); });
  EXPECT_EQ(thrown_by([&] { store.bucket.list(""); }).code, ErrorCode::kPeerFailed);
}

TEST(S3Lists, ThatAreNoneAreRefused) {
  for (const char* body : {"", "no XML", "<html></html>", "<ListBucketResult>", "<Other/>",
                           "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"}) {
    ScriptedBucket store([&](const HttpMessage&) { return http_answer(200, body); });
    EXPECT_EQ(thrown_by([&] { store.bucket.list(""); }).code, ErrorCode::kPeerFailed) << body;
  }
}

TEST(S3Uploads, OnlyOldOnesUnderThePrefixAreGivenUp) {
  std::vector<std::string> given_up;
  ScriptedBucket store([&](const HttpMessage& request) {
    if (request.method == "DELETE") {
      given_up.push_back(request.target);
      return http_answer(404, "<Error><Code>NoSuchUpload</Code></Error>");
    }
    const auto upload = [](const std::string& key, const std::string& begun) {
      return "<Upload><Key>" + key + "</Key><UploadId>1</UploadId><Initiated>" + begun + "</Initiated></Upload>";
    };
    return http_answer(200, "<ListMultipartUploadsResult>" + upload("p/old", "2020-01-01T00:00:00.000Z") +
                                upload("p/young", "2999-01-01T00:00:00.000Z") + upload("p/odd", "yesterday") +
                                upload("other/old", "2020-01-01T00:00:00.000Z") + "</ListMultipartUploadsResult>");
  });
  EXPECT_EQ(store.bucket.abort_uploads("p/", 3600), 1u);
  EXPECT_THAT(given_up, ::testing::ElementsAre("/raw-data/p/old?uploadId=1"));
}

}  // namespace
}  // namespace veleta::s3
