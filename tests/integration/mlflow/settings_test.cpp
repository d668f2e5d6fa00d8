#include "mlflow_test.hpp"

// MLflow's environment variables, and what must not be told of them. The server is made up.
namespace veleta {
namespace {

class MlflowSettings : public ::testing::Test {
 protected:
  MlflowSettings() {
    proxy_.before([this](Passing& request) -> std::optional<Answer> {
      headers_ = request.headers;
      return Answer{401, "You are not authenticated. Please set the environment variables", "text/plain"};
    });
  }

  Error ask(const std::string& uri) {
    return error_of([&] { open_registry(uri)->version_by_alias("realty", "production"); });
  }
  std::string header(const std::string& name) const {
    for (const auto& [each, value] : headers_)
      if (each == name) return value;
    return "";
  }

  MeddlingProxy proxy_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

TEST_F(MlflowSettings, SendsUserAndPasswordAndTellsNeither) {
  const Variable user("MLFLOW_TRACKING_USERNAME", "Aladdin"), password("MLFLOW_TRACKING_PASSWORD", "open sesame"),
      token("MLFLOW_TRACKING_TOKEN", "a-token");
  const Error error = ask(proxy_.url());
  EXPECT_EQ(header("Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(error.code(), ErrorCode::kRefused);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("401"), HasSubstr("MLFLOW_TRACKING_USERNAME"), Not(HasSubstr("sesame")),
                                  Not(HasSubstr("QWxh"))));
}

TEST_F(MlflowSettings, TakesTheUserOfTheUriAndTellsItNot) {
  std::string uri = proxy_.url() + "/";
  uri.insert(7, "me:se%40cret%21@");
  const Error error = ask(uri);
  EXPECT_EQ(header("Authorization"), "Basic bWU6c2VAY3JldCE=");
  EXPECT_THAT(error.what(), AllOf(HasSubstr(proxy_.url()), Not(HasSubstr("cret"))));
  EXPECT_THAT(error_of([&] { open_registry("http://me:secret@host?x=secret"); }).what(), Not(HasSubstr("secret")));
}

TEST_F(MlflowSettings, SendsATokenAndAWorkspace) {
  const Variable token("MLFLOW_TRACKING_TOKEN", "a-token"), workspace("MLFLOW_WORKSPACE", "realty");
  ask(proxy_.url());
  EXPECT_EQ(header("Authorization"), "Bearer a-token");
  EXPECT_EQ(header("X-MLFLOW-WORKSPACE"), "realty");
}

TEST_F(MlflowSettings, SendsNoHeaderThatNobodyAskedFor) {
  ask(proxy_.url());
  EXPECT_THAT(headers_, IsEmpty());
}

TEST_F(MlflowSettings, RefusesVariablesThatMakeNoSense) {
  for (const auto& [name, value] : {std::pair("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon"),
                                    {"MLFLOW_HTTP_REQUEST_TIMEOUT", "0"},
                                    {"MLFLOW_HTTP_REQUEST_MAX_RETRIES", "-1"},
                                    {"MLFLOW_TRACKING_INSECURE_TLS", "maybe"}}) {
    const Variable variable(name, value);
    const Error error = error_of([&] { open_registry(proxy_.url()); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(name), HasSubstr(value)));
  }
  const Variable token("MLFLOW_TRACKING_TOKEN", "a\r\nX-Evil: 1");
  EXPECT_EQ(error_of([&] { open_registry(proxy_.url()); }).code(), ErrorCode::kInvalidArgument);
}

TEST_F(MlflowSettings, RefusesWhatIsNoServer) {
  for (const char* uri : {"http://", "https:///", "http://host?x", "http://host#x", "http://ho st"})
    EXPECT_EQ(error_of([&] { open_registry(uri); }).code(), ErrorCode::kInvalidArgument) << uri;
}

}  // namespace
}  // namespace veleta
