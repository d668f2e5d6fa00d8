#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_bucket.hpp"
#include "servers/thrown.hpp"

namespace veleta::s3 {
namespace {

using ::testing::HasSubstr;
using testing::http_answer;
using testing::HttpMessage;
using ::testing::Not;
using testing::Thrown;
using testing::thrown_by;

std::string error_text(const std::string& code) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
         "</Code><Message>What happened.</Message><StringToSign>hidden-text</StringToSign>"
         "<SignatureProvided>hidden-signature</SignatureProvided></Error>";
}

TEST(S3Failures, HaveTheCodeOfTheirKindAndSayWhatToDo) {
  struct Case {
    int status;
    const char* code;
    ErrorCode expected;
    const char* cure;
  };
  for (const Case& each :
       {Case{404, "NoSuchKey", ErrorCode::kNotFound, ""}, Case{404, "NoSuchBucket", ErrorCode::kNotFound, ""},
        Case{403, "AccessDenied", ErrorCode::kRefused, ""},
        Case{403, "InvalidAccessKeyId", ErrorCode::kRefused, "AWS_ACCESS_KEY_ID"},
        Case{403, "SignatureDoesNotMatch", ErrorCode::kRefused, "AWS_SECRET_ACCESS_KEY"},
        Case{403, "RequestTimeTooSkewed", ErrorCode::kRefused, "clock"},
        Case{400, "ExpiredToken", ErrorCode::kRefused, "AWS_SESSION_TOKEN"},
        Case{400, "AuthorizationHeaderMalformed", ErrorCode::kInvalidArgument, "AWS_REGION"},
        Case{301, "PermanentRedirect", ErrorCode::kInvalidArgument, "AWS_REGION"},
        Case{412, "PreconditionFailed", ErrorCode::kConflict, ""},
        Case{500, "InternalError", ErrorCode::kPeerFailed, ""}, Case{503, "SlowDown", ErrorCode::kUnavailable, ""},
        Case{507, "StorageFull", ErrorCode::kPeerFailed, ""}}) {
    ScriptedBucket store([&](const HttpMessage&) {
      return http_answer(each.status, error_text(each.code), "x-amz-request-id: R123\r\n");
    });
    const Thrown thrown = thrown_by([&] { store.bucket.get("ab/key"); });
    EXPECT_EQ(thrown.code, each.expected) << each.code;
    for (const std::string& part :
         {std::string("GET s3://raw-data/ab/key at " + store.server.url()), std::string(each.code),
          std::string("What happened."), std::string("R123"), std::string(each.cure)})
      EXPECT_THAT(thrown.message, HasSubstr(part));
    EXPECT_THAT(thrown.message, Not(HasSubstr("hidden")));
  }
}

TEST(S3Failures, WithoutAnXmlBodyAreToldByTheirStatus) {
  ScriptedBucket store([](const HttpMessage&) { return http_answer(403, "<html>a proxy says no"); });
  const Thrown thrown = thrown_by([&] { store.bucket.put("key", "bytes"); });
  EXPECT_EQ(thrown.code, ErrorCode::kRefused);
  EXPECT_THAT(thrown.message, HasSubstr("403"));
}

TEST(S3Failures, ThatPassAreTriedAgain) {
  for (const auto& [status, code] : {std::pair(503, "SlowDown"), std::pair(500, "InternalError"),
                                     std::pair(400, "RequestTimeout"), std::pair(429, "Throttling")}) {
    int seen = 0;
    ScriptedBucket store([&, s = status, c = code](const HttpMessage&) {
      return ++seen < 3 ? http_answer(s, error_text(c)) : http_answer(200, "", "ETag: \"e\"\r\n");
    });
    EXPECT_EQ(store.bucket.put("key", "bytes"), "\"e\"") << code;
    EXPECT_EQ(seen, 3) << code;
  }
}

TEST(S3Failures, ThatStayAreNotTriedAgain) {
  int seen = 0;
  ScriptedBucket store([&](const HttpMessage&) { return ++seen, http_answer(400, error_text("InvalidArgument")); });
  EXPECT_EQ(thrown_by([&] { store.bucket.put("key", "bytes"); }).code, ErrorCode::kRefused);
  EXPECT_EQ(seen, 1);
}

/// A store whose uploads in parts end as `complete` says.
class UploadEnds : public ::testing::Test {
 protected:
  std::string answer(const HttpMessage& request) {
    if (request.target.ends_with("?uploads=")) {
      write_id_ = header_of(request, "x-amz-meta-veleta-write");
      return http_answer(200,
                         "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>");
    }
    if (request.method == "PUT") return http_answer(200, "", "ETag: \"part & 1\"\r\n");
    if (request.method == "HEAD")
      return "HTTP/1.1 200 OK\r\nETag: \"head\"\r\nx-amz-meta-veleta-write: " + head_id_ + "\r\n\r\n";
    if (request.method == "DELETE") return ++aborts_, http_answer(204);
    completing_ = request;
    return complete_(++completes_);
  }

  std::string upload() {
    const auto upload = store_.bucket.begin_upload("key");
    upload->add_part("bytes");
    head_id_ = is_ours_ ? write_id_ : "another";
    return upload->complete();
  }

  static std::string success() {
    return http_answer(200, "<CompleteMultipartUploadResult><ETag>\"whole-1\"</ETag></CompleteMultipartUploadResult>");
  }

  ScriptedBucket store_{[this](const HttpMessage& request) { return answer(request); }};
  std::function<std::string(int)> complete_ = [](int) { return success(); };
  bool is_ours_ = true;
  std::string write_id_, head_id_;
  int completes_ = 0, aborts_ = 0;
  HttpMessage completing_;
};

TEST_F(UploadEnds, ListItsParts) {
  EXPECT_EQ(upload(), "\"whole-1\"");
  EXPECT_EQ(completing_.target, "/raw-data/key?uploadId=u%2F1");
  EXPECT_EQ(completing_.body,
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"part &amp; 1\"</ETag></Part>"
            "</CompleteMultipartUpload>");
  EXPECT_EQ(aborts_, 0);
}

TEST_F(UploadEnds, AnErrorInAnAnswerOfSuccessIsAnError) {
  complete_ = [](int) { return http_answer(200, error_text("EntityTooSmall")); };
  const Thrown thrown = thrown_by([&] { upload(); });
  EXPECT_EQ(thrown.code, ErrorCode::kPeerFailed);
  EXPECT_THAT(thrown.message, HasSubstr("EntityTooSmall"));
  EXPECT_EQ(aborts_, 1);
}

TEST_F(UploadEnds, AnErrorThatPassesInAnAnswerOfSuccessIsTriedAgain) {
  complete_ = [](int count) { return count < 3 ? http_answer(200, error_text("InternalError")) : success(); };
  EXPECT_EQ(upload(), "\"whole-1\"");
}

TEST_F(UploadEnds, AnAnswerOfSuccessWithNothingInItIsAnError) {
  complete_ = [](int) { return http_answer(200); };
  EXPECT_EQ(thrown_by([&] { upload(); }).code, ErrorCode::kPeerFailed);
}

TEST_F(UploadEnds, ALostAnswerOfSuccessIsFoundAgainByItsMark) {
  for (const auto& [status, code] : {std::pair(404, "NoSuchUpload"), std::pair(400, "InvalidPart")}) {
    completes_ = 0;
    complete_ = [s = status, c = code](int count) { return count == 1 ? "" : http_answer(s, error_text(c)); };
    EXPECT_EQ(upload(), "\"head\"") << code;
  }
}

TEST_F(UploadEnds, AnothersObjectIsNotTakenForOnesOwn) {
  complete_ = [](int) { return http_answer(404, error_text("NoSuchUpload")); };
  is_ours_ = false;
  EXPECT_EQ(thrown_by([&] { upload(); }).code, ErrorCode::kConflict);
}

TEST(S3ConditionalPut, ALostAnswerOfSuccessIsFoundAgainByItsMark) {
  for (const bool is_ours : {true, false}) {
    int puts = 0;
    std::string write_id = "another";
    ScriptedBucket store([&](const HttpMessage& request) {
      if (request.method == "HEAD")
        return "HTTP/1.1 200 OK\r\nETag: \"head\"\r\nx-amz-meta-veleta-write: " + write_id + "\r\n\r\n";
      EXPECT_EQ(header_of(request, "If-None-Match"), "*");
      if (is_ours) write_id = header_of(request, "x-amz-meta-veleta-write");
      return ++puts == 1 ? "" : http_answer(412, error_text("PreconditionFailed"));
    });
    PutCondition condition;
    condition.if_absent = true;
    const auto put = [&] { return store.bucket.put("key", "bytes", condition); };
    if (is_ours)
      EXPECT_EQ(put(), "\"head\"");
    else
      EXPECT_EQ(thrown_by(put).code, ErrorCode::kConflict);
  }
}

}  // namespace
}  // namespace veleta::s3
