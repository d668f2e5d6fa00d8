#include "s3/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "s3/bucket.hpp"
#include "servers/thrown.hpp"

namespace veleta::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Thrown;
using testing::thrown_by;
using Variables = std::map<std::string, std::string>;

Settings settings_of(Variables variables) {
  variables.emplace("AWS_ACCESS_KEY_ID", "id");
  variables.emplace("AWS_SECRET_ACCESS_KEY", "secret");
  return settings_from([&](const std::string& name) { return variables[name]; });
}

TEST(S3Settings, AreAmazonsInItsFirstRegionUnlessToldOtherwise) {
  const Settings settings = settings_of({});
  EXPECT_EQ(settings.credentials.access_key_id, "id");
  EXPECT_EQ(settings.credentials.secret_access_key, "secret");
  EXPECT_EQ(settings.credentials.session_token, "");
  EXPECT_EQ(settings.region, "us-east-1");
  EXPECT_EQ(settings.endpoint, "");
  EXPECT_TRUE(settings.verify_tls);
  EXPECT_EQ(settings.addressing, std::nullopt);
}

TEST(S3Settings, ComeFromTheVariablesThatOtherToolsRead) {
  const Settings settings = settings_of({{"AWS_SESSION_TOKEN", "token"},
                                         {"AWS_REGION", "eu-south-2"},
                                         {"AWS_CA_BUNDLE", "/ca.pem"},
                                         {"MLFLOW_S3_IGNORE_TLS", "true"},
                                         {"MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "virtual"}});
  EXPECT_EQ(settings.credentials.session_token, "token");
  EXPECT_EQ(settings.region, "eu-south-2");
  EXPECT_EQ(settings.ca_file, "/ca.pem");
  EXPECT_FALSE(settings.verify_tls);
  EXPECT_EQ(settings.addressing, Addressing::kVirtualHost);
}

TEST(S3Settings, TheMoreSpecificVariableWins) {
  Variables variables = {{"AWS_ENDPOINT_URL", "http://a"}, {"AWS_DEFAULT_REGION", "one"}};
  EXPECT_EQ(settings_of(variables).endpoint, "http://a");
  EXPECT_EQ(settings_of(variables).region, "one");
  variables.emplace("AWS_ENDPOINT_URL_S3", "http://b");
  variables.emplace("AWS_REGION", "two");
  EXPECT_EQ(settings_of(variables).endpoint, "http://b");
  EXPECT_EQ(settings_of(variables).region, "two");
  variables.emplace("MLFLOW_S3_ENDPOINT_URL", "http://c");
  EXPECT_EQ(settings_of(variables).endpoint, "http://c");
}

TEST(S3Settings, NameTheVariableThatIsMissingOrWrong) {
  const auto message = [](const Variables& variables) {
    const Thrown thrown = thrown_by([&] { settings_of(variables); });
    EXPECT_EQ(thrown.code, ErrorCode::kInvalidArgument);
    return thrown.message;
  };
  EXPECT_THAT(message({{"AWS_ACCESS_KEY_ID", ""}}), HasSubstr("AWS_ACCESS_KEY_ID is not set"));
  EXPECT_THAT(message({{"AWS_SECRET_ACCESS_KEY", ""}}), HasSubstr("AWS_SECRET_ACCESS_KEY is not set"));
  EXPECT_THAT(message({{"MLFLOW_S3_IGNORE_TLS", "perhaps"}}), HasSubstr("MLFLOW_S3_IGNORE_TLS is 'perhaps'"));
  EXPECT_THAT(message({{"MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "odd"}}), HasSubstr("'odd'"));
}

TEST(S3Settings, AnEndpointOrABucketThatCannotBeIsRefusedBeforeAnythingIsSent) {
  for (const char* endpoint :
       {"127.0.0.1:9000", "ftp://host", "http://", "http://host?x=1", "http://user:hidden@host"}) {
    Settings settings = settings_of({});
    settings.endpoint = endpoint;
    const Thrown thrown = thrown_by([&] { Bucket(settings, "bucket"); });
    EXPECT_EQ(thrown.code, ErrorCode::kInvalidArgument) << endpoint;
    EXPECT_THAT(thrown.message, Not(HasSubstr("hidden")));
  }
  for (const char* bucket : {"", "ab", "Upper", "with/slash", "with space", "a..\r\nb"})
    EXPECT_EQ(thrown_by([&] { Bucket(settings_of({}), bucket); }).code, ErrorCode::kInvalidArgument) << bucket;
}

TEST(S3Settings, WithoutAnEndpointItIsAmazonsOfTheRegion) {
  const Bucket bucket(settings_of({{"AWS_REGION", "eu-south-2"}}), "raw-data");
  EXPECT_EQ(bucket.told(), "s3://raw-data at https://s3.eu-south-2.amazonaws.com");
}

}  // namespace
}  // namespace veleta::s3
