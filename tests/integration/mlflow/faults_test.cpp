#include "mlflow_test.hpp"

// What a server, or what is between, may do to a call.
namespace veleta {
namespace {

using MlflowFaults = MlflowThroughProxy;
INSTANTIATE_TEST_SUITE_P(Mlflow, MlflowFaults, ::testing::Values("mlflow3", "mlflow2"),
                         [](const auto& instance) { return instance.param; });

constexpr int64_t kTime = 1'700'000'000'123;

std::vector<MetricPoint> points(int count) {
  std::vector<MetricPoint> points;
  for (int step = 0; step < count; ++step) points.push_back({"mae", step * 0.5, step, kTime});
  return points;
}

TEST_P(MlflowFaults, AServerThatIsAwayForAMomentIsAskedAgain) {
  const std::string run = new_run();
  for (const int status : {503, 502, 504, 429, 408}) {
    proxy_.forget_seen();
    answer_next(2, "POST", "runs/log-batch", {status, error_text("TEMPORARILY_UNAVAILABLE", "the database is locked")});
    registry().set_tags(run, {{"status", std::to_string(status)}});
    EXPECT_EQ(count_of("POST", "runs/log-batch"), 3U) << status;
  }
  EXPECT_EQ(registry().get_run(run).tags.at("status"), "408");
}

TEST_P(MlflowFaults, AServerThatFailsInsideIsAskedOnceMore) {
  const std::string run = new_run();
  answer_next(1, "GET", "runs/get", {500, error_text("INTERNAL_ERROR", "oops")});
  EXPECT_EQ(registry().get_run(run).id, run);
  proxy_.forget_seen();
  answer_next(9, "GET", "runs/get", {500, error_text("INTERNAL_ERROR", "oops")});
  const Error error = error_of([&] { registry().get_run(run); });
  EXPECT_EQ(error.code(), ErrorCode::kPeerFailed);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("runs/get"), HasSubstr("oops"), HasSubstr(proxy_.url())));
  EXPECT_EQ(count_of("GET", "runs/get"), 2U);
}

TEST_P(MlflowFaults, WhatNoRepetitionMendsIsAskedOnce) {
  const std::string run = new_run();
  const std::pair<int, std::string> answers[] = {
      {500, error_text("FEATURE_DISABLED", "Workspaces are not enabled")},
      {400, error_text("INVALID_PARAMETER_VALUE", "no")},
      {400, error_text("BAD_REQUEST", "(psycopg2.errors.StringDataRightTruncation) value too long")},
      {401, "You are not authenticated."},
      {403, "Permission denied"},
      {501, error_text("NOT_IMPLEMENTED", "no")}};
  for (const auto& [status, body] : answers) {
    proxy_.forget_seen();
    answer_next(9, "GET", "runs/get", {status, body});
    EXPECT_EQ(code_of([&] { registry().get_run(run); }), status >= 500 ? ErrorCode::kPeerFailed : ErrorCode::kRefused);
    EXPECT_EQ(count_of("GET", "runs/get"), 1U) << body;
  }
}

TEST_P(MlflowFaults, AnUnknownHostNameIsToldWithItsCure) {
  answer_next(9, "GET", "experiments/get-by-name",
              {403, "Invalid Host header - possible DNS rebinding attack detected", "text/plain"});
  const Error error = error_of([&] { new_run(); });
  EXPECT_EQ(error.code(), ErrorCode::kRefused);
  EXPECT_THAT(error.what(),
              AllOf(HasSubstr("Invalid Host header"), HasSubstr("--allowed-hosts \"127.0.0.1:*,localhost:*\"")));
}

TEST_P(MlflowFaults, AnAnswerThatIsNoJsonIsTold) {
  answer_next(1, "GET", "experiments/get-by-name", {200, "<html>please log in</html>", "text/html"});
  const Error error = error_of([&] { new_run(); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("experiments/get-by-name"), HasSubstr(proxy_.url())));
}

TEST_P(MlflowFaults, ARunWhoseCreationIsNotAnsweredIsMadeOnce) {
  int lost = 0;
  proxy_.after([&](const Passing& request, Answer& answer) {
    if (request.is("POST", "runs/create") && ++lost == 1) answer.hang_up = true;
  });
  const std::string run = registry().create_run(experiment_, "key", "name", {}).id;
  EXPECT_EQ(lost, 1);
  const auto runs = registry().list_runs(experiment_);
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].id, run);
}

TEST_P(MlflowFaults, AVersionWhoseCreationIsNotAnsweredIsMadeOnce) {
  int lost = 0;
  proxy_.after([&](const Passing& request, Answer& answer) {
    if (request.is("POST", "model-versions/create") && answer.status == 200 && ++lost == 1) answer.hang_up = true;
  });
  EXPECT_EQ(new_version(), 1);
  EXPECT_EQ(lost, 1);
  EXPECT_THAT(registry().list_versions(model_), SizeIs(1));
  EXPECT_EQ(registry().version_files(registry().get_version(model_, 1)), kFiles);
}

TEST_P(MlflowFaults, ParametersOfALoggedModelThatAreNotAnsweredAreThere) {
  if (!is_3()) GTEST_SKIP() << "2.x has no logged models";
  const Variable impatient("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1");
  registry_ = host();
  const std::string run = new_run();
  registry().log_params(run, {{"rounds", "30"}});
  const auto create = [&] { return registry().create_version(model_, run, kFiles, "", {}); };
  const auto params = [&] {
    const std::string source = create().source;
    const json::object answer = call("GET", "logged-models/" + source.substr(source.rfind('/') + 1));
    return answer.at("model").at("data").at("params").as_array().size();
  };
  answer_next(9, "POST", "/params", testing::no_answer());
  EXPECT_EQ(code_of(create), ErrorCode::kPeerFailed);
  proxy_.before({});
  int lost = 0;
  proxy_.after([&](const Passing& request, Answer& answer) {
    if (request.is("POST", "/params") && ++lost == 1) answer.hang_up = true;
  });
  EXPECT_EQ(params(), 1U) << "the next try tells them, once";
  EXPECT_GE(lost, 1);
}

TEST_P(MlflowFaults, ARegistrationThatBreaksAnywhereIsGoneOnWith) {
  const Variable impatient("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0");
  registry_ = host();
  const Texts files{{"MLmodel", "{\"flavors\": {}}"}, {"a/b", "x"}, {"c", std::string(100'000, 'c')}};
  // Each try gets one request further than the last.
  const std::string run = new_run();
  int failures = 0;
  for (int passed = 0; registry().list_versions(model_).empty(); ++passed) {
    ASSERT_LT(passed, 40);
    int left = passed;
    proxy_.before([&](Passing&) -> std::optional<Answer> {
      if (left-- > 0) return std::nullopt;
      return testing::no_answer();
    });
    try {
      registry().create_version(model_, run, files, "", {});
    } catch (const Error& error) {
      ++failures;
      EXPECT_EQ(error.code(), ErrorCode::kPeerFailed) << error.what();
    }
    proxy_.before({});
  }
  EXPECT_GT(failures, 8);
  const auto versions = registry().list_versions(model_);
  ASSERT_THAT(versions, SizeIs(1));
  EXPECT_EQ(registry().version_files(versions[0]), files);
  if (!is_3()) return;
  const auto found =
      call("POST", "logged-models/search",
           {{"experiment_ids", {call("GET", "runs/get?run_id=" + run)["run"].at("info").at("experiment_id")}}});
  EXPECT_EQ(found.at("models").as_array().size(), 1U) << "what a broken try left behind is used";
}

TEST_P(MlflowFaults, MoreMetricsThanAnOldServerTakesTwiceAreKeptOnce) {
  const std::string run = new_run();
  for (int i = 0; i < 2; ++i) registry().log_metrics(run, points(101));
  EXPECT_THAT(registry().metric_history(run, "mae"), SizeIs(101));
}

TEST_P(MlflowFaults, AHistoryThatComesInPagesIsWhole) {
  const std::string run = new_run();
  registry().log_metrics(run, points(250));
  proxy_.before([](Passing& request) -> std::optional<Answer> {
    if (const size_t at = request.path.find("max_results=10000"); at != std::string::npos)
      request.path.replace(at, 17, "max_results=100");
    return std::nullopt;
  });
  EXPECT_THAT(registry().metric_history(run, "mae"), SizeIs(250));
  EXPECT_EQ(count_of("GET", "metrics/get-history"), is_3() ? 3U : 1U) << "2.x knows one page alone";
}

TEST_P(MlflowFaults, AHundredParametersAndAThousandMetricsTakeThreeRequests) {
  const std::string run = new_run();
  Texts params;
  for (int i = 0; i < 100; ++i) params["key" + std::to_string(i)] = "value";
  registry_ = host();
  proxy_.forget_seen();
  registry().log_params(run, params);
  registry().log_metrics(run, points(1000));
  EXPECT_THAT(proxy_.seen(), SizeIs(is_3() ? 3 : 12));
  EXPECT_THAT(registry().get_run(run).params, SizeIs(100));
  EXPECT_THAT(registry().metric_history(run, "mae"), SizeIs(1000));
}

TEST_P(MlflowFaults, AMissingFileIsToldHoweverTheServerTellsIt) {
  const std::string run = new_run();
  registry().put_artifact(run, "folder/there", "x");
  for (const int status : {404, 500}) {
    answer_next(1, "GET", "/folder/missing",
                {status, error_text("INTERNAL_ERROR", "An error occurred (404) when calling HeadObject: Not Found")});
    EXPECT_EQ(code_of([&] { registry().get_artifact(run, "folder/missing"); }), ErrorCode::kNotFound) << status;
  }
  answer_next(1, "GET", "/folder/there", {500, error_text("INTERNAL_ERROR", "oops")});
  EXPECT_EQ(registry().get_artifact(run, "folder/there"), "x") << "a server that failed is asked again";
  answer_next(2, "GET", "/folder/there", {500, error_text("INTERNAL_ERROR", "oops")});
  EXPECT_EQ(code_of([&] { registry().get_artifact(run, "folder/there"); }), ErrorCode::kPeerFailed);
}

TEST_P(MlflowFaults, AFileThatAServerFailsToStoreIsSentOnceMore) {
  const std::string run = new_run();
  answer_next(1, "PUT", "/there", {500, error_text("INTERNAL_ERROR", "oops")});
  registry().put_artifact(run, "there", "x");
  EXPECT_EQ(registry().get_artifact(run, "there"), "x");
  answer_next(9, "PUT", "/elsewhere", {500, error_text("INTERNAL_ERROR", "oops")});
  EXPECT_EQ(code_of([&] { registry().put_artifact(run, "elsewhere", "x"); }), ErrorCode::kPeerFailed);
  EXPECT_EQ(count_of("PUT", "/elsewhere"), 2U);
}

TEST_P(MlflowFaults, AFileThatIsStoredWithoutAWordIsStored) {
  const std::string run = new_run();
  proxy_.after([](const Passing& request, Answer& answer) {
    if (request.method == "PUT") answer.body.clear();
  });
  registry().put_artifact(run, "there", "x");
  EXPECT_EQ(registry().get_artifact(run, "there"), "x");
}

TEST_P(MlflowFaults, FilesThatComeOtherThanTheyWereAreRefused) {
  new_version({{"card.json", "{\"format\": 1}"}, {"data/learner.bin", std::string(50'000, 'x')}});
  const ModelVersion version = registry().get_version(model_, 1);
  const std::pair<std::function<void(Answer&)>, const char*> harms[] = {
      {[](Answer& answer) { answer.body.resize(30'000); }, "has 30000 bytes, expected 50000"},
      {[](Answer& answer) { answer.body[7] = 'y'; }, "SHA-256"}};
  for (const auto& [harm, told] : harms) {
    proxy_.after([&, &harm = harm](const Passing& request, Answer& answer) {
      if (request.is("GET", "data/learner.bin")) harm(answer);
    });
    const Error error = error_of([&] { registry().version_files(version); });
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("'data/learner.bin'"), HasSubstr("version 1"), HasSubstr(model_), HasSubstr(told)));
  }
  proxy_.after({});
  EXPECT_THAT(registry().version_files(version), SizeIs(2));
}

TEST_P(MlflowFaults, NothingHangsOnAServerThatIsAway) {
  const Variable impatient("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0");
  const auto away = open_registry("http://127.0.0.1:9");
  const Error error = error_of([&] { away->version_by_alias(model_, kProductionAlias); });
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.what(), HasSubstr("http://127.0.0.1:9"));
}

}  // namespace
}  // namespace veleta
