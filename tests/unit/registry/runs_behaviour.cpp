#include <cmath>
#include <limits>

#include "registry_behaviour.hpp"

// Runs: their parameters, metrics and tags.
namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Texts = std::map<std::string, std::string>;

/// Quotes, a letter outside ASCII and one outside the basic plane: what every text must survive.
const std::string kOddText = "O'Brien \"Ñ\"; DROP TABLE runs; -- 🧭 \\ %s ? \n\ttab";

constexpr int64_t kTime = 1'700'000'000'123;

std::vector<std::string> ids(const std::vector<TrackedRun>& runs) {
  std::vector<std::string> result;
  for (const auto& run : runs) result.push_back(run.id);
  return result;
}

/// A history as "step time value" texts.
std::vector<std::string> told(const std::vector<MetricPoint>& points) {
  std::vector<std::string> texts;
  for (const auto& point : points)
    texts.push_back(std::to_string(point.step) + " " + std::to_string(point.time_ms - kTime) + " " +
                    std::to_string(static_cast<int>(point.value)));
  return texts;
}

DatasetInput input(const std::string& name, const std::string& digest) {
  DatasetInput input;
  input.name = name;
  input.digest = digest;
  input.source = "http://127.0.0.1:8000/batch?page=1";
  input.schema = R"({"mlflow_colspec": [{"type": "double", "name": "\u00f1"}]})";
  input.row_count = 73784;
  input.context = "training";
  return input;
}

TEST_P(RegistryBehaviour, StartsARun) {
  const TrackedRun made = registry().create_run(experiment_, "key-1", "batch 4", {{"batch_id", "4"}});
  const TrackedRun run = registry().get_run(made.id);
  EXPECT_FALSE(run.id.empty());
  EXPECT_EQ(run.experiment, experiment_);
  EXPECT_EQ(run.name, "batch 4");
  EXPECT_EQ(run.status, "RUNNING");
  EXPECT_GT(run.start_ms, 1'600'000'000'000);
  EXPECT_EQ(run.end_ms, 0);
  EXPECT_TRUE(run.params.empty());
  EXPECT_TRUE(run.metrics.empty());
  EXPECT_THAT(run.tags, IsSupersetOf(Texts{{"batch_id", "4"}}));
  EXPECT_FALSE(run.artifact_uri.empty());
}

TEST_P(RegistryBehaviour, GivesTheRunOfAKeyBackAsItIs) {
  const TrackedRun first = registry().create_run(experiment_, "key-1", "first", {{"batch_id", "4"}});
  registry().log_params(first.id, {{"eta", "0.1"}});
  reopen();
  const TrackedRun again = registry().create_run(experiment_, "key-1", "second", {{"batch_id", "5"}});
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.name, "first");
  EXPECT_EQ(again.start_ms, first.start_ms);
  EXPECT_THAT(again.tags, IsSupersetOf(Texts{{"batch_id", "4"}}));
  EXPECT_THAT(again.params, ElementsAre(Pair("eta", "0.1")));
}

TEST_P(RegistryBehaviour, KeepsKeysOfExperimentsApart) {
  const std::string other = "other-" + experiment_;
  const std::string first = registry().create_run(experiment_, "key-1", "first", {}).id;
  EXPECT_NE(registry().create_run(experiment_, "key-2", "first", {}).id, first);
  EXPECT_NE(registry().create_run(other, "key-1", "first", {}).id, first);
  EXPECT_EQ(registry().list_runs(other).size(), 1U);
}

TEST_P(RegistryBehaviour, ListsTheRunsOfAnExperimentOldestFirst) {
  EXPECT_TRUE(registry().list_runs(experiment_).empty());
  const std::string a = new_run(), b = new_run(), c = new_run();
  registry().create_run("other-" + experiment_, "key", "another's", {});
  registry().log_params(b, {{"eta", "0.1"}});
  const auto runs = registry().list_runs(experiment_);
  EXPECT_THAT(ids(runs), UnorderedElementsAre(a, b, c));
  EXPECT_TRUE(std::is_sorted(runs.begin(), runs.end(),
                             [](const auto& left, const auto& right) { return left.start_ms < right.start_ms; }));
  for (const auto& run : runs) {
    EXPECT_EQ(run.experiment, experiment_);
    EXPECT_EQ(run.params.size(), run.id == b ? 1U : 0U);
  }
}

TEST_P(RegistryBehaviour, RefusesNamelessRuns) {
  EXPECT_EQ(code_of([&] { registry().create_run("", "key", "name", {}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { registry().create_run(experiment_, "", "name", {}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { registry().create_run(experiment_, "key", "", {}); }), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(registry().list_runs(experiment_).empty());
}

TEST_P(RegistryBehaviour, TellsUnknownRuns) {
  new_run();
  const std::function<void(const std::string&)> calls[] = {
      [&](const auto& id) { registry().get_run(id); },
      [&](const auto& id) {
        registry().log_params(id, {{"eta", "0.1"}});
      },
      [&](const auto& id) {
        registry().log_metrics(id, {{"mae", 1, 0, kTime}});
      },
      [&](const auto& id) { registry().metric_history(id, "mae"); },
      [&](const auto& id) {
        registry().set_tags(id, {{"batch_id", "4"}});
      },
      [&](const auto& id) { registry().log_inputs(id, {input("batch-1", "ab")}); },
      [&](const auto& id) { registry().end_run(id, "FINISHED"); },
      [&](const auto& id) { registry().put_artifact(id, "model/card.json", "{}"); },
      [&](const auto& id) { registry().get_artifact(id, "model/card.json"); },
      [&](const auto& id) { registry().list_artifacts(id); },
      [&](const auto& id) { registry().create_version(model_, id, kFiles, "", {}); },
  };
  for (const std::string& id : kUnknownRuns)
    for (size_t i = 0; i < std::size(calls); ++i) {
      SCOPED_TRACE("call " + std::to_string(i) + ", run '" + id + "'");
      const Error error = error_of([&] { calls[i](id); });
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      EXPECT_THAT(error.what(), HasSubstr("'" + id + "'"));
    }
  EXPECT_TRUE(registry().list_versions(model_).empty());
}

TEST_P(RegistryBehaviour, WritesAParameterOnce) {
  const std::string run = new_run();
  registry().log_params(run, {{"eta", "0.1"}, {"depth", "6"}});
  registry().log_params(run, {{"eta", "0.1"}, {"rounds", "100"}});
  const Error error = error_of([&] { registry().log_params(run, {{"eta", "0.2"}}); });
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("'eta'"), HasSubstr("0.1"), HasSubstr(run)));
  EXPECT_THAT(registry().get_run(run).params,
              UnorderedElementsAre(Pair("eta", "0.1"), Pair("depth", "6"), Pair("rounds", "100")));
}

TEST_P(RegistryBehaviour, SetsTagsOneByOne) {
  const std::string run = registry().create_run(experiment_, "key", "name", {{"a", "1"}, {"b", "1"}}).id;
  registry().set_tags(run, {{"b", "2"}, {"c", "2"}});
  EXPECT_THAT(registry().get_run(run).tags, IsSupersetOf(Texts{{"a", "1"}, {"b", "2"}, {"c", "2"}}));
}

TEST_P(RegistryBehaviour, KeepsTextsAsTheyAre) {
  const std::string longest_param(kMaxParamBytes, 'p'), longest_tag(kMaxTagBytes, 't');
  const std::string run = registry().create_run(experiment_, kOddText, "name", {{"odd", kOddText}, {"none", ""}}).id;
  registry().log_params(run, {{"odd", kOddText}, {"none", ""}, {"long", longest_param}});
  registry().set_tags(run, {{"long", longest_tag}});
  reopen();
  const TrackedRun found = registry().get_run(run);
  EXPECT_THAT(found.params, UnorderedElementsAre(Pair("odd", kOddText), Pair("none", ""), Pair("long", longest_param)));
  EXPECT_THAT(found.tags, IsSupersetOf(Texts{{"odd", kOddText}, {"none", ""}, {"long", longest_tag}}));
  EXPECT_EQ(registry().create_run(experiment_, kOddText, "name", {}).id, run);
}

TEST_P(RegistryBehaviour, RefusesTextsThatMlflowWouldCut) {
  const std::string run = new_run();
  const Error error = error_of([&] {
    registry().log_params(run, {{"batches", std::string(kMaxParamBytes + 1, 'x')}});
  });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("'batches'"), HasSubstr("6000"), HasSubstr("6001")));
  const Texts long_tag{{"why", std::string(kMaxTagBytes + 1, 'x')}};
  EXPECT_EQ(code_of([&] { registry().set_tags(run, long_tag); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { registry().create_run(experiment_, "k", "n", long_tag); }), ErrorCode::kInvalidArgument);
  const TrackedRun found = registry().get_run(run);
  EXPECT_TRUE(found.params.empty());
  EXPECT_EQ(found.tags.count("why"), 0U);
  EXPECT_EQ(registry().list_runs(experiment_).size(), 1U);
}

TEST_P(RegistryBehaviour, TakesKeysAsMlflowDoes) {
  const std::string run = new_run();
  const Texts good{{"xgboost.eta", "1"}, {"valid/rmse", "1"}, {"a b-c_d:e", "1"}, {std::string(250, 'k'), "1"}};
  registry().log_params(run, good);
  EXPECT_EQ(registry().get_run(run).params, good);
  for (const std::string key :
       {"", "/a", "a/", "a//b", "a/../b", "..", ".", "./a", "a'b", "a\"b", "ñ", "a\nb", "a@b", "a%", "..a"})
    for (const std::string& text : {key, std::string(251, 'k')}) {
      SCOPED_TRACE("key '" + text + "'");
      EXPECT_EQ(code_of([&] { registry().log_params(run, {{text, "1"}}); }), ErrorCode::kInvalidArgument);
      EXPECT_EQ(code_of([&] { registry().set_tags(run, {{text, "1"}}); }), ErrorCode::kInvalidArgument);
      EXPECT_EQ(code_of([&] { registry().log_metrics(run, {{text, 1, 0, kTime}}); }), ErrorCode::kInvalidArgument);
    }
  EXPECT_EQ(registry().get_run(run).params, good);
}

TEST_P(RegistryBehaviour, TellsTheLastPointOfAMetricByStepThenTimeThenValue) {
  const std::string run = new_run();
  registry().log_metrics(run, {{"mae", 30, 3, kTime}, {"mae", 10, 1, kTime + 5}, {"mae", 20, 2, kTime}});
  EXPECT_EQ(registry().get_run(run).metrics.at("mae"), 30);
  registry().log_metrics(run, {{"mae", 31, 3, kTime + 1}});
  EXPECT_EQ(registry().get_run(run).metrics.at("mae"), 31);
  registry().log_metrics(run, {{"mae", 29, 3, kTime + 1}, {"rmse", 7, 0, kTime}});
  EXPECT_THAT(registry().get_run(run).metrics, UnorderedElementsAre(Pair("mae", 31), Pair("rmse", 7)));
  EXPECT_THAT(told(registry().metric_history(run, "mae")),
              ElementsAre("1 5 10", "2 0 20", "3 0 30", "3 1 29", "3 1 31"));
  EXPECT_THAT(told(registry().metric_history(run, "rmse")), ElementsAre("0 0 7"));
  EXPECT_TRUE(registry().metric_history(run, "r2").empty());
}

TEST_P(RegistryBehaviour, KeepsAPointThatIsLoggedAgainOnce) {
  const std::string run = new_run();
  const std::vector<MetricPoint> points{{"mae", 1, 1, kTime}, {"mae", 2, 2, kTime}};
  registry().log_metrics(run, points);
  registry().log_metrics(run, points);
  reopen();
  registry().log_metrics(run, points);
  EXPECT_THAT(told(registry().metric_history(run, "mae")), ElementsAre("1 0 1", "2 0 2"));
}

TEST_P(RegistryBehaviour, KeepsNumbersToTheLastBit) {
  const std::string run = new_run();
  const double values[] = {0.1, 1.0 / 3, -12345678.9, 1e-9, 248917.62890625, 9007199254740993.0};
  std::vector<MetricPoint> points;
  for (const double value : values) points.push_back({"mae", value, static_cast<int64_t>(points.size()), kTime});
  registry().log_metrics(run, points);
  const auto found = registry().metric_history(run, "mae");
  ASSERT_EQ(found.size(), std::size(values));
  for (size_t i = 0; i < std::size(values); ++i) EXPECT_EQ(found[i].value, values[i]);
}

TEST_P(RegistryBehaviour, RefusesMetricsThatAreNoNumbersAndKeepsNothingOfThem) {
  const std::string run = new_run();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {std::nan(""), kInfinity, -kInfinity}) {
    const Error error = error_of([&] {
      registry().log_metrics(run, {{"mae", 1, 1, kTime}, {"rmse", value, 2, kTime}});
    });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'rmse'"), HasSubstr("step 2")));
  }
  EXPECT_EQ(code_of([&] { registry().log_metrics(run, {{"mae", 1, 1, -1}}); }), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(registry().metric_history(run, "mae").empty());
}

TEST_P(RegistryBehaviour, TakesMoreAtOnceThanOneRequestHolds) {
  const std::string run = new_run();
  std::vector<MetricPoint> points;
  for (int step = 0; step < 1100; ++step) points.push_back({"mae", step * 0.5, step, kTime});
  Texts texts;
  for (int i = 0; i < 120; ++i) texts["key" + std::to_string(i)] = std::to_string(i);
  registry().log_metrics(run, points);
  registry().log_params(run, texts);
  registry().set_tags(run, texts);
  EXPECT_EQ(registry().metric_history(run, "mae").size(), points.size());
  const TrackedRun found = registry().get_run(run);
  EXPECT_EQ(found.metrics.at("mae"), points.back().value);
  EXPECT_EQ(found.params, texts);
  EXPECT_THAT(found.tags, IsSupersetOf(texts));
}

TEST_P(RegistryBehaviour, KeepsTheDataThatARunWorkedOn) {
  const std::string run = new_run(), other = new_run();
  const DatasetInput second = input("batch-2", "ab"), first = input("batch-1", std::string(36, 'd'));
  DatasetInput bare;
  bare.name = kOddText;
  bare.digest = bare.context = "x";
  registry().log_inputs(run, {second, first});
  DatasetInput changed = second;
  changed.row_count = 1;
  registry().log_inputs(run, {changed, bare});
  registry().log_inputs(run, {});
  reopen();
  EXPECT_THAT(registry().get_run(run).inputs, ElementsAre(bare, first, second));
  EXPECT_TRUE(registry().get_run(other).inputs.empty());
}

TEST_P(RegistryBehaviour, RefusesInputsThatMlflowWouldNotTake) {
  const std::string run = new_run();
  std::vector<DatasetInput> bad(6, input("batch-1", "ab"));
  bad[0].name = "";
  bad[1].digest = "";
  bad[2].digest = std::string(37, 'd');
  bad[3].context = "";
  bad[4].row_count = -1;
  bad[5].schema = std::string(65536, 's');
  for (const auto& each : bad)
    EXPECT_EQ(code_of([&] { registry().log_inputs(run, {input("good", "ab"), each}); }), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(registry().get_run(run).inputs.empty());
}

TEST_P(RegistryBehaviour, EndsARun) {
  for (const std::string status : {"FINISHED", "FAILED", "KILLED"}) {
    const std::string run = new_run();
    registry().end_run(run, status);
    registry().end_run(run, status);
    const TrackedRun found = registry().get_run(run);
    EXPECT_EQ(found.status, status);
    EXPECT_GE(found.end_ms, found.start_ms);
  }
  const std::string run = new_run();
  for (const std::string status : {"", "RUNNING", "DONE", "finished"})
    EXPECT_EQ(code_of([&] { registry().end_run(run, status); }), ErrorCode::kInvalidArgument) << status;
  EXPECT_EQ(registry().get_run(run).status, "RUNNING");
}

}  // namespace
}  // namespace veleta
