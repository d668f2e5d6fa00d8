#include <fmt/format.h>
#include <gmock/gmock.h>
#include <algorithm>
#include <array>
#include <set>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "registry/registry.hpp"
#include "requests.hpp"

// `veleta runner`, as a program, on requests in its store.
namespace veleta::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kShortLease = "[runner]\nlease_s = 1\n";

class RunnerTest : public testing::Test {
 protected:
  std::unique_ptr<RunnerProgram> start(const Pipeline& pipeline) {
    return std::make_unique<RunnerProgram>(std::vector{pipeline.config().string()}, folder_.path());
  }
  std::string all_lines(const std::string& id) {
    std::string text;
    for (const auto& line : requests_.queue().log("realty", id, 0, 1000)) text += line.level + " " + line.text + "\n";
    return text;
  }
  std::vector<std::string> events(const std::string& kind) {
    std::vector<std::string> ids;
    for (const auto& event : requests_.queue().events({0, "", {kind}, 1000})) ids.push_back(event.run_id);
    return ids;
  }

  const Folder folder_;
  Requests requests_{folder_ / "realty.db"};
};

std::string outcomes_of(const Pipeline& pipeline) {
  std::string told;
  for (const auto& decision : pipeline.history())
    told +=
        text_or_empty(decision.as_object(), "batch_id") + " " + text_or_empty(decision.as_object(), "outcome") + "\n";
  return told;
}

std::string undisturbed_outcomes() {
  const Folder folder;
  const DataApi api(folder);
  const Pipeline pipeline(folder, api.url());
  pipeline.run(true);
  return outcomes_of(pipeline);
}

TEST_F(RunnerTest, BringsEachBatchToTheDecisionThatRunDoes) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url());
  const auto runner = start(pipeline);
  for (int i = 1; i <= 7; ++i) requests_.submit("r" + std::to_string(i));
  const RunRequest last = requests_.wait_for_end("r7");
  EXPECT_EQ(last.state, RequestState::kSkipped);
  EXPECT_EQ(last.end.outcome, "end_of_data");
  EXPECT_EQ(outcomes_of(pipeline), undisturbed_outcomes());

  const RunRequest first = requests_.find("r1");
  EXPECT_EQ(first.state, RequestState::kSucceeded);
  EXPECT_EQ(first.end.outcome, "promoted");
  EXPECT_EQ(first.end.result.at("model_version"), 1);
  EXPECT_EQ(first.end.result.at("batch"), "0");
  EXPECT_GT(first.end.result.at("metrics").at("mae").to_number<double>(), 0);
  EXPECT_LT(json::serialize(first.end.result).size(), 3500U);
  EXPECT_THAT(all_lines("r1"),
              AllOf(HasSubstr("info ingest begins"), HasSubstr("train is done in"), HasSubstr("info promoted: ")));
  EXPECT_THAT(events("promoted"), Contains("r1"));
  for (const auto& alarm : requests_.queue().events({0, "", {"drift_alarm"}, 100})) {
    std::set<std::string> columns;
    for (const auto& column : alarm.data.at("columns").as_array()) columns.emplace(column.as_string());
    EXPECT_FALSE(columns.empty());
    EXPECT_EQ(columns.size(), alarm.data.at("columns").as_array().size()) << "each column is told once";
  }
  EXPECT_FALSE(events("drift_alarm").empty());
  EXPECT_EQ(runner->stop(), 0);
  EXPECT_EQ(requests_.queue().pipelines().at(0).seen_ms, 0) << "it said that it ends";
}

constexpr std::array kSteps{"ingest",  "validate", "clean",    "detect",   "decide",
                            "prepare", "train",    "evaluate", "register", "promote"};

/// At the step, or past it.
bool has_come_to(const RunRequest& request, const std::string& step) {
  const auto place = [](const std::string& name) { return std::ranges::find(kSteps, name) - kSteps.begin(); };
  return is_ended(request.state) || (!request.progress.step.empty() && place(request.progress.step) >= place(step));
}

TEST_F(RunnerTest, IsTakenOverInWhateverStepItIsKilled) {
  const std::string expected = undisturbed_outcomes();
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url(), Pipeline::kSmallLearner, kShortLease);
  // Two kills a run, and a third of the same run would end it; the fourth batch leads to no training.
  const std::vector<std::vector<std::string>> kills{{"ingest", "prepare"},  {"validate", "train"},
                                                    {"clean", "evaluate"},  {},
                                                    {"detect", "register"}, {"decide", "promote"}};
  int killed = 0;
  for (size_t batch = 0; batch < kills.size(); ++batch) {
    const std::string id = "r" + std::to_string(batch);
    requests_.submit(id);
    for (const auto& step : kills[batch]) {
      const auto runner = start(pipeline);
      requests_.wait(id, [&](const RunRequest& request) { return has_come_to(request, step); });
      runner->kill();
      killed += !is_ended(requests_.find(id).state);
    }
    const auto runner = start(pipeline);
    EXPECT_NE(requests_.wait_for_end(id).state, RequestState::kFailed) << requests_.find(id).end.sentence;
  }
  EXPECT_GE(killed, 8) << "a step may end while the signal is on its way";
  EXPECT_EQ(outcomes_of(pipeline), expected);
  EXPECT_EQ(pipeline.query("select count(*), count(distinct batch_id) from decisions"), "6|6");
  EXPECT_EQ(pipeline.query("select count(*) from model_versions"), "5");
}

TEST_F(RunnerTest, PutsWhatItRunsBackWhenItIsStopped) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url(), "[[learner]]\nplugin = \"bad_hang\"\n");
  auto runner = start(pipeline);
  requests_.submit("r1");
  requests_.wait("r1", [](const RunRequest& request) { return request.progress.step == "train"; });
  EXPECT_EQ(runner->stop(), 0);
  EXPECT_EQ(requests_.find("r1").state, RequestState::kQueued);
  EXPECT_EQ(requests_.find("r1").deaths, 0);
}

TEST_F(RunnerTest, CancelsALearnerThatHangs) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url(), "[[learner]]\nplugin = \"bad_hang\"\n");
  const auto runner = start(pipeline);
  requests_.submit("r1");
  requests_.wait("r1", [](const RunRequest& request) { return request.progress.step == "train"; });
  EXPECT_EQ(requests_.queue().cancel("realty", "r1").state, RequestState::kRunning);
  EXPECT_EQ(requests_.wait_for_end("r1").state, RequestState::kCancelled);
}

TEST_F(RunnerTest, WaitsWhileAnotherProcessRunsThePipeline) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url());
  auto lock = requests_.store().lock_pipeline("realty");
  const auto runner = start(pipeline);
  requests_.submit("r1");
  requests_.wait("r1",
                 [](const RunRequest& request) { return request.claim > 0 && request.state == RequestState::kQueued; });
  EXPECT_THAT(all_lines("r1"), HasSubstr("waits: "));
  lock.reset();
  EXPECT_EQ(requests_.wait_for_end("r1").state, RequestState::kSucceeded);
}

TEST_F(RunnerTest, TellsWhereARunFailedAndGoesOnWithItInALaterTry) {
  const DataApi api(folder_);
  api.misbehave("500");
  const Pipeline pipeline(folder_, api.url());
  const auto runner = start(pipeline);
  requests_.submit("r1");
  RunRequest request = requests_.wait_for_end("r1");
  EXPECT_EQ(request.state, RequestState::kFailed);
  EXPECT_EQ(request.end.error_code, "peer-failed");
  EXPECT_EQ(request.end.failed_step, "ingest");
  EXPECT_THAT(request.end.sentence, HasSubstr("500"));
  EXPECT_THAT(all_lines("r1"), HasSubstr("error failed: "));
  api.misbehave("none");
  requests_.submit("r1", "{}", RequestKind::kRun, 2);
  request = requests_.wait_for_end("r1");
  EXPECT_EQ(request.state, RequestState::kSucceeded) << request.end.sentence;
  EXPECT_EQ(request.attempt, 2);
}

TEST_F(RunnerTest, TellsAWrongFileLineByLine) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url());
  const auto runner = start(pipeline);
  requests_.submit("r0");
  requests_.wait_for_end("r0");
  write_file_atomically(pipeline.config(), read_file(pipeline.config()) + "[retrian]\n");
  requests_.submit("r1");
  const RunRequest request = requests_.wait_for_end("r1");
  EXPECT_EQ(request.state, RequestState::kFailed);
  EXPECT_EQ(request.end.error_code, "invalid");
  EXPECT_THAT(request.end.sentence, HasSubstr("retrian: unknown section. Did you mean 'retrain'?"));
}

TEST_F(RunnerTest, GoesByWhatARequestWishes) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url(), Pipeline::kSmallLearner, "[parameters]\nnote = \"usual\"\n");
  const auto runner = start(pipeline);
  requests_.submit("r1");
  requests_.submit("r2", R"({"only_if": ["schema"], "parameters": {"note": "special"}})");
  const RunRequest request = requests_.wait_for_end("r2");
  EXPECT_EQ(request.state, RequestState::kSkipped) << "no other ground counts";
  requests_.submit("again", R"({"batch": "1", "parameters": {"note": "special"}})");
  EXPECT_EQ(requests_.wait_for_end("again").state, RequestState::kSucceeded);
  const auto registry = open_registry("sqlite:///" + (folder_ / "realty.db").string());
  bool special = false;
  for (const auto& tracked : registry->list_runs("realty"))
    special |= registry->get_artifact(tracked.id, "pipeline.toml").find("note = \"special\"") != std::string::npos;
  EXPECT_TRUE(special) << "the file as it was run is in the run's record";
  requests_.submit("wrong", R"({"parameters": {"notes": "x"}})");
  EXPECT_THAT(requests_.wait_for_end("wrong").end.sentence, HasSubstr("Did you mean 'note'?"));
}

TEST_F(RunnerTest, JudgesDriftWithoutTraining) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url());
  const auto runner = start(pipeline);
  requests_.submit("early", R"({"batch": "latest"})", RequestKind::kDrift);
  EXPECT_EQ(requests_.wait_for_end("early").end.error_code, "not-found");
  requests_.submit("r1");
  requests_.wait_for_end("r1");
  const std::string before = outcomes_of(pipeline);

  requests_.submit("same", R"({"batch": "0"})", RequestKind::kDrift);
  const RunRequest same = requests_.wait_for_end("same");
  EXPECT_EQ(same.state, RequestState::kSucceeded) << same.end.sentence;
  EXPECT_FALSE(same.end.result.at("drifted").as_bool()) << same.end.sentence;
  EXPECT_THAT(same.end.sentence, HasSubstr("beside what version 1 learned: None of"));

  std::string rows;
  for (int i = 0; i < 300; ++i)
    rows += (i ? "," : "") + std::string(R"({"bed": 40, "bath": 3, "state": "Texas", "status": "sold"})");
  requests_.submit("posted", R"({"rows": [)" + rows + "]}", RequestKind::kDrift);
  const RunRequest posted = requests_.wait_for_end("posted");
  EXPECT_TRUE(posted.end.result.at("drifted").as_bool()) << posted.end.sentence;
  EXPECT_EQ(posted.end.result.at("rows"), 300);
  EXPECT_EQ(posted.end.outcome, "drifted");
  EXPECT_THAT(posted.end.sentence, AllOf(HasSubstr("bed drifted"), Not(HasSubstr("price drifted"))));
  EXPECT_EQ(outcomes_of(pipeline), before);

  requests_.submit("few", R"({"rows": [{"bed": 4, "bath": 3}]})", RequestKind::kDrift);
  const RunRequest few = requests_.wait_for_end("few");
  EXPECT_EQ(few.end.outcome, "underpowered") << "no drift shown, and none ruled out";
  EXPECT_THAT(few.end.sentence, HasSubstr("Too few rows to tell of"));

  requests_.submit("idle", R"({"served": {"last": "1h"}})", RequestKind::kDrift);
  EXPECT_EQ(requests_.wait_for_end("idle").state, RequestState::kSkipped) << requests_.find("idle").end.sentence;
  std::vector<InferenceRecord> served;
  for (int i = 0; i < 300; ++i)
    served.push_back({std::to_string(i), now_ms(), "realty", "1", R"({"bed": 40, "state": "Texas"})", 1, 200, "", 5});
  served.push_back({"long", now_ms(), "realty", "1", "", 1, 200, "", 5});  // its row was too long to be kept
  requests_.store().append_inferences(served);
  requests_.submit("served", R"({"served": {"last": "1h"}})", RequestKind::kDrift);
  const RunRequest judged = requests_.wait_for_end("served");
  EXPECT_TRUE(judged.end.result.at("drifted").as_bool()) << judged.end.sentence;
  EXPECT_EQ(judged.end.result.at("rows"), 300);
}

TEST_F(RunnerTest, MovesProductionByHandAndBack) {
  const DataApi api(folder_);
  const Pipeline pipeline(folder_, api.url());
  const auto runner = start(pipeline);
  for (const char* id : {"r1", "r2", "r3"}) requests_.submit(id);
  requests_.wait_for_end("r3");
  const auto registry = open_registry("sqlite:///" + (folder_ / "realty.db").string());
  const auto production = [&] { return registry->version_by_alias("realty", kProductionAlias)->version; };
  const int last = production();
  ASSERT_GT(last, 1);

  requests_.submit("back", R"({"reason": "complaints"})", RequestKind::kRollback);
  RunRequest moved = requests_.wait_for_end("back");
  EXPECT_EQ(moved.state, RequestState::kSucceeded) << moved.end.sentence;
  const int before = production();
  EXPECT_LT(before, last);
  EXPECT_EQ(registry->get_version("realty", last).tags.at("status"), "rolled_back");
  EXPECT_THAT(registry->get_version("realty", last).description, HasSubstr("Rolled back: complaints"));

  requests_.submit("forth", R"({"version": )" + std::to_string(last) + R"(, "reason": "a misunderstanding"})",
                   RequestKind::kPromote);
  EXPECT_EQ(requests_.wait_for_end("forth").state, RequestState::kSucceeded);
  EXPECT_EQ(production(), last);
  EXPECT_THAT(events("promoted"), AllOf(Contains("back"), Contains("forth")));
  requests_.submit("nowhere", R"({"version": 99, "reason": "x"})", RequestKind::kPromote);
  EXPECT_EQ(requests_.wait_for_end("nowhere").end.error_code, "not-found");
}

TEST_F(RunnerTest, StartsARunForEachFileThatComes) {
  const std::string arrivals = (folder_ / "arrivals").string();
  std::filesystem::create_directory(arrivals);
  const auto config = folder_ / "csv.toml";
  write_file_atomically(config, fmt::format(R"(
[pipeline]
name = "realty"
target = "y"
[source]
plugin = "csv"
path = "{0}"
[[learner]]
plugin = "ridge"
[store]
uri = "sqlite:///{1}/realty.db"
[registry]
uri = "sqlite:///{1}/realty.db"
[schedule]
new_files = "{0}"
)",
                                            arrivals, folder_.path().string()));
  RunnerProgram runner({config.string()}, folder_.path());
  std::string rows = "x,y\n";
  for (int i = 0; i < 300; ++i) rows += fmt::format("{},{}\n", i % 17, 3 * (i % 17) + 0.01 * i);
  write_file_atomically(arrivals + "/monday.csv", rows);
  std::vector<RunRequest> found;
  while (found.empty()) found = requests_.queue().list({"realty", {}, {}, {}, 10});
  EXPECT_THAT(found[0].id, testing::StartsWith("file__monday.csv__"));
  EXPECT_EQ(requests_.wait_for_end(found[0].id).end.outcome, "promoted");
  EXPECT_EQ(runner.stop(), 0);
}

TEST_F(RunnerTest, SaysWhatItCannotRun) {
  const Folder other;
  const Pipeline pipeline(folder_, "http://127.0.0.1:9"), elsewhere(other, "http://127.0.0.1:9");
  const auto refused = pipeline.veleta({"runner", pipeline.config().string(), elsewhere.config().string()});
  EXPECT_EQ(refused.status, 2);
  for (const Pipeline* each : {&pipeline, &elsewhere})
    EXPECT_THAT(refused.output, HasSubstr(fmt::format("sqlite:///{}/realty.db of {}", each->folder().string(),
                                                      each->config().string())));
  EXPECT_THAT(refused.output, HasSubstr("Give all files the same [store] uri"));
  const auto twice = pipeline.veleta({"runner", pipeline.config().string(), pipeline.config().string()});
  EXPECT_EQ(twice.status, 2);
  EXPECT_THAT(twice.output, HasSubstr("both name the pipeline 'realty'"));
}

}  // namespace
}  // namespace veleta::test
