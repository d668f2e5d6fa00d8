#include <unistd.h>
#include <atomic>
#include <barrier>
#include <cmath>
#include <thread>

#include "store_behaviour.hpp"

// Runs, locks, steps, decisions and the inference log.
namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids(const std::vector<RunRecord>& runs) {
  std::vector<std::string> result;
  for (const auto& run : runs) result.push_back(run.id);
  return result;
}

DecisionRecord decision_of(const std::string& run_id) {
  return {run_id, "realty", "4", "train", "promoted", "because of drift", "3", {{"mae", 0.1}}, 1'700'000'000'456};
}

TEST_P(StoreBehaviour, StartsARunOnce) {
  const RunRecord run = store().start_run("realty", "r1");
  EXPECT_EQ(run.id, "r1");
  EXPECT_EQ(run.pipeline, "realty");
  EXPECT_EQ(run.state, RunState::kRunning);
  EXPECT_EQ(run.attempt, 1);
  EXPECT_EQ(run.batch_id, "");
  EXPECT_GT(run.started_ms, 1'600'000'000'000);
  EXPECT_EQ(run.finished_ms, 0);
}

TEST_P(StoreBehaviour, GoesOnWithARunThatIsUnfinishedFailedOrCancelled) {
  const int64_t started_ms = store().start_run("realty", "r1").started_ms;
  EXPECT_EQ(store().start_run("realty", "r1").attempt, 2);
  int attempt = 2;
  for (const RunState state : {RunState::kFailed, RunState::kCancelled}) {
    store().finish_run("r1", state, "failed", "the source is away");
    const RunRecord run = store().start_run("realty", "r1");
    EXPECT_EQ(run.attempt, ++attempt);
    EXPECT_EQ(run.state, RunState::kRunning);
    EXPECT_EQ(run.outcome, "");
    EXPECT_EQ(run.sentence, "");
    EXPECT_EQ(run.finished_ms, 0);
    EXPECT_EQ(run.started_ms, started_ms);
  }
}

TEST_P(StoreBehaviour, GivesARunThatSucceededBackAsItIs) {
  store().start_run("realty", "r1");
  store().finish_run("r1", RunState::kSucceeded, "skipped", "nothing moved");
  const RunRecord run = store().start_run("realty", "r1");
  EXPECT_EQ(run.attempt, 1);
  EXPECT_EQ(run.state, RunState::kSucceeded);
  EXPECT_EQ(run.outcome, "skipped");
  EXPECT_EQ(run.sentence, "nothing moved");
  EXPECT_GE(run.finished_ms, run.started_ms);
}

TEST_P(StoreBehaviour, RefusesARunOfAnotherPipeline) {
  store().start_run("realty", "r1");
  std::string message;
  EXPECT_EQ(code_of([&] { store().start_run("cars", "r1"); }, &message), ErrorCode::kConflict);
  EXPECT_THAT(message, AllOf(HasSubstr("'r1'"), HasSubstr("'realty'"), HasSubstr("'cars'")));
  EXPECT_EQ(store().find_run("r1")->attempt, 1);
}

TEST_P(StoreBehaviour, RefusesNamelessRuns) {
  EXPECT_EQ(code_of([&] { store().start_run("realty", ""); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { store().start_run("", "r1"); }), ErrorCode::kInvalidArgument);
}

TEST_P(StoreBehaviour, FindsNoRunThatWasNeverStarted) {
  EXPECT_EQ(store().find_run("r1"), std::nullopt);
  EXPECT_EQ(code_of([&] { store().finish_run("r1", RunState::kFailed, "failed", ""); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { store().finish_step("r1", {"ingest", {}, 1, 2}); }), ErrorCode::kNotFound);
  EXPECT_TRUE(store().steps("r1").empty());
}

TEST_P(StoreBehaviour, ListsRunsNewestFirstByPipeline) {
  for (const char* id : {"b", "c", "a", "d"}) store().start_run("realty", id);
  store().start_run("cars", "x");
  EXPECT_THAT(ids(store().list_runs("realty")), ElementsAre("d", "a", "c", "b"));
  EXPECT_THAT(ids(store().list_runs("realty", 2, 1)), ElementsAre("a", "c"));
  EXPECT_THAT(ids(store().list_runs("realty", 10, 4)), ElementsAre());
  EXPECT_THAT(ids(store().list_runs("boats")), ElementsAre());
}

TEST_P(StoreBehaviour, ListsUnfinishedRunsOldestFirst) {
  for (const char* id : {"b", "c", "a"}) store().start_run("realty", id);
  store().start_run("cars", "x");
  store().finish_run("c", RunState::kFailed, "failed", "");
  EXPECT_THAT(ids(store().unfinished_runs("realty")), ElementsAre("b", "a"));
}

TEST_P(StoreBehaviour, ListsRunsWhoseBatchHasNoDecisionOldestFirst) {
  store().start_run("realty", "without-batch");
  for (const char* id : {"4", "3", "2", "1", "0"}) add_batch("realty", id);
  add_batch("cars", "9");
  store().finish_run("run-realty-4", RunState::kFailed, "failed", "");
  store().finish_run("run-realty-3", RunState::kSucceeded, "skipped", "");
  store().finish_run("run-realty-2", RunState::kCancelled, "cancelled", "");
  const DecisionRecord decision = decision_of("run-realty-1");
  store().finish_run("run-realty-1", RunState::kFailed, "failed", "unreadable", &decision);
  EXPECT_THAT(ids(store().undecided_runs("realty")), ElementsAre("run-realty-4", "run-realty-2", "run-realty-0"));
}

TEST_P(StoreBehaviour, FinishesARunTogetherWithItsDecision) {
  store().start_run("realty", "r1");
  const DecisionRecord decision = decision_of("r1");
  store().finish_run("r1", RunState::kSucceeded, "promoted", "because of drift", &decision);
  const auto found = store().find_decision("r1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pipeline, "realty");
  EXPECT_EQ(found->batch_id, "4");
  EXPECT_EQ(found->action, "train");
  EXPECT_EQ(found->outcome, "promoted");
  EXPECT_EQ(found->sentence, "because of drift");
  EXPECT_EQ(found->model_version, "3");
  EXPECT_EQ(found->record, decision.record);
  EXPECT_EQ(found->decided_ms, 1'700'000'000'456);
}

TEST_P(StoreBehaviour, RefusesToFinishARunWithSomethingElse) {
  store().start_run("realty", "r1");
  const DecisionRecord of_another = decision_of("r2");
  EXPECT_EQ(code_of([&] { store().finish_run("r1", RunState::kSucceeded, "promoted", "", &of_another); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { store().finish_run("r1", RunState::kRunning, "", ""); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store().find_run("r1")->state, RunState::kRunning);
  EXPECT_EQ(store().find_decision("r1"), std::nullopt);
}

TEST_P(StoreBehaviour, TheNewestDecisionOfARunStands) {
  for (const char* id : {"r1", "r2"}) store().start_run("realty", id);
  for (const char* id : {"r1", "r2", "r1"}) {
    DecisionRecord decision = decision_of(id);
    decision.sentence = store().find_decision(id) ? "second" : "first";
    store().finish_run(id, RunState::kSucceeded, "promoted", "", &decision);
  }
  const auto decisions = store().list_decisions("realty");
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[0].run_id, "r1");
  EXPECT_EQ(decisions[0].sentence, "second");
  EXPECT_EQ(decisions[1].run_id, "r2");
  EXPECT_EQ(store().list_decisions("realty", 1, 1).at(0).run_id, "r2");
  EXPECT_TRUE(store().list_decisions("cars").empty());
}

TEST_P(StoreBehaviour, KeepsStepsInTheOrderFinished) {
  store().start_run("realty", "r1");
  store().finish_step("r1", {"validate", {{"rows", 10}}, 1, 2});
  store().finish_step("r1", {"detect", {{"drift", json::array{1, "two", nullptr, 0.5}}}, 3, 4});
  const auto steps = store().steps("r1");
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].name, "validate");
  EXPECT_EQ(steps[1].name, "detect");
  EXPECT_EQ(steps[1].output, (json::object{{"drift", json::array{1, "two", nullptr, 0.5}}}));
  EXPECT_EQ(steps[1].started_ms, 3);
  EXPECT_EQ(steps[1].finished_ms, 4);
}

TEST_P(StoreBehaviour, AStepFinishedTwiceKeepsItsFirstOutput) {
  store().start_run("realty", "r1");
  store().finish_step("r1", {"detect", {{"try", 1}}, 1, 2});
  store().finish_step("r1", {"detect", {{"try", 2}}, 3, 4});
  const auto steps = store().steps("r1");
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].output, (json::object{{"try", 1}}));
  EXPECT_EQ(steps[0].finished_ms, 2);
}

TEST_P(StoreBehaviour, ForgetsAStepAndThoseAfterIt) {
  for (const char* run : {"r1", "r2"}) {
    store().start_run("realty", run);
    for (const char* step : {"ingest", "validate", "detect"}) store().finish_step(run, {step, {{"try", 1}}, 1, 2});
  }
  store().forget_steps("r1", "train");
  EXPECT_EQ(store().steps("r1").size(), 3u);
  store().forget_steps("r1", "validate");
  ASSERT_EQ(store().steps("r1").size(), 1u);
  EXPECT_EQ(store().steps("r1")[0].name, "ingest");
  EXPECT_EQ(store().steps("r2").size(), 3u);
  store().finish_step("r1", {"validate", {{"try", 2}}, 3, 4});
  EXPECT_EQ(store().steps("r1").at(1).output, (json::object{{"try", 2}}));
}

TEST_P(StoreBehaviour, KeepsEveryTextOfARunAsItIs) {
  store().start_run(kOddText, kOddText);
  store().finish_step(kOddText, {kOddText, {{kOddText, kOddText}}, 1, 2});
  DecisionRecord decision{kOddText, kOddText, kOddText, kOddText, kOddText, kOddText, kOddText, {{kOddText, kOddText}},
                          1};
  store().finish_run(kOddText, RunState::kSucceeded, kOddText, kOddText, &decision);
  reopen();
  const auto run = store().find_run(kOddText);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->pipeline, kOddText);
  EXPECT_EQ(run->outcome, kOddText);
  EXPECT_EQ(run->sentence, kOddText);
  EXPECT_EQ(store().steps(kOddText).at(0).name, kOddText);
  EXPECT_EQ(store().steps(kOddText).at(0).output, decision.record);
  const auto found = store().find_decision(kOddText);
  ASSERT_TRUE(found);
  for (const auto& text : {found->run_id, found->pipeline, found->batch_id, found->action, found->outcome,
                           found->sentence, found->model_version})
    EXPECT_EQ(text, kOddText);
  EXPECT_EQ(found->record, decision.record);
}

TEST_P(StoreBehaviour, OneHolderAtATimeLocksAPipeline) {
  auto lock = store().lock_pipeline("realty");
  std::string message;
  EXPECT_EQ(code_of([&] { store().lock_pipeline("realty"); }, &message), ErrorCode::kConflict);
  EXPECT_THAT(message, AllOf(HasSubstr("'realty'"), HasSubstr(std::to_string(::getpid()))));
  EXPECT_EQ(code_of([&] { open_store(uri_)->lock_pipeline("realty"); }), ErrorCode::kConflict);
  lock.reset();
  EXPECT_NE(open_store(uri_)->lock_pipeline("realty"), nullptr);
}

TEST_P(StoreBehaviour, LocksOfDifferentPipelinesDoNotMeet) {
  const auto first = store().lock_pipeline("a-b");
  const auto second = store().lock_pipeline("a_b");
  const auto third = store().lock_pipeline(kOddText + std::string(300, 'x'));
  EXPECT_EQ(code_of([&] { store().lock_pipeline("a_b"); }), ErrorCode::kConflict);
}

TEST_P(StoreBehaviour, OfManyThreadsOneGetsTheLock) {
  std::atomic<int> holders = 0;
  {
    std::barrier all_tried(8);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        std::unique_ptr<PipelineLock> lock;
        try {
          lock = store().lock_pipeline("realty");
          ++holders;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::kConflict) << error.what();
        }
        all_tried.arrive_and_wait();
      });
  }
  EXPECT_EQ(holders, 1);
}

TEST_P(StoreBehaviour, CountsEveryAttemptOfManyThreads) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) store().start_run("realty", "r1");
    });
  threads.clear();
  EXPECT_EQ(store().find_run("r1")->attempt, 80);
}

TEST_P(StoreBehaviour, OfManyThreadsFinishingAStepOneStays) {
  store().start_run("realty", "r1");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { store().finish_step("r1", {"train", {{"by", i}, {"same", i}}, i, i}); });
  threads.clear();
  const auto steps = store().steps("r1");
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].output.at("by"), steps[0].output.at("same"));
  EXPECT_EQ(steps[0].output.at("by").as_int64(), steps[0].started_ms);
}

TEST_P(StoreBehaviour, ListsInferencesNewestFirst) {
  std::vector<InferenceRecord> records;
  for (int i = 0; i < 5; ++i)
    records.push_back({"q" + std::to_string(i), 1000 + i, "realty", "3", R"({"bed":3})", 0.1 * i, 200, "", 120});
  store().append_inferences(records);
  store().append_inferences(
      {{"q5", 900, "realty", "4", "{}", 1, 200, "", 90}, {"q6", 900, "cars", "1", "{}", 1, 200, "", 90}});
  const auto found = store().list_inferences("realty", 3);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].request_id, "q5");
  EXPECT_EQ(found[1].request_id, "q4");
  EXPECT_EQ(found[1].time_ms, 1004);
  EXPECT_EQ(found[1].model_version, "3");
  EXPECT_EQ(found[1].input, R"({"bed":3})");
  EXPECT_EQ(found[1].prediction, 0.1 * 4);
  EXPECT_EQ(found[1].latency_us, 120);
  EXPECT_EQ(found[2].request_id, "q3");
  EXPECT_EQ(store().list_inferences("cars").size(), 1u);
  EXPECT_TRUE(store().list_inferences("boats").empty());
}

TEST_P(StoreBehaviour, KeepsFailedAndInfinitePredictions) {
  store().append_inferences({{"q0", 1, kOddText, kOddText, kOddText, std::nan(""), 422, kOddText, 5},
                             {"q1", 2, kOddText, "3", "{}", INFINITY, 200, "", 5},
                             {"q1", 3, kOddText, "3", "{}", -INFINITY, 200, "", 5}});
  const auto found = store().list_inferences(kOddText);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].prediction, -INFINITY);
  EXPECT_EQ(found[1].prediction, INFINITY);
  EXPECT_TRUE(std::isnan(found[2].prediction));
  EXPECT_EQ(found[2].status, 422);
  for (const auto& text : {found[2].pipeline, found[2].model_version, found[2].input, found[2].error})
    EXPECT_EQ(text, kOddText);
}

TEST_P(StoreBehaviour, AppendingNoInferencesDoesNothing) {
  store().append_inferences({});
  EXPECT_TRUE(store().list_inferences("realty").empty());
}

TEST_P(StoreBehaviour, AppendsAChunkOfInferencesOnce) {
  const auto chunk = [&](const std::string& writer, int64_t number) {
    store().append_inferences({{fmt::format("{}{}", writer, number), number, "realty", "3", "{}", 1, 200, "", 90}},
                              InferenceChunk{writer, number});
  };
  for (const int64_t number : {1, 1, 2, 1, 2, 5}) chunk("a", number);
  reopen();
  for (const int64_t number : {5, 2, 6}) chunk("a", number);
  chunk("b", 1);
  std::vector<std::string> found;
  for (const auto& record : store().list_inferences("realty")) found.push_back(record.request_id);
  EXPECT_THAT(found, ElementsAre("b1", "a6", "a5", "a2", "a1"));
}

TEST_P(StoreBehaviour, OfManyThreadsAppendingAChunkOneDoes) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int64_t number = 1; number <= 5; ++number)
        store().append_inferences({{"q", number, "realty", "3", "{}", 1, 200, "", 90}}, InferenceChunk{"a", number});
    });
  threads.clear();
  EXPECT_EQ(store().list_inferences("realty").size(), 5u);
}

TEST_P(StoreBehaviour, KeepsTextsThatAreNoUtf8) {
  const std::string odd("a\0b\xff\xc3\x28%41", 9), marked = "\xEF\xB7\x90 begins with a noncharacter";
  store().append_inferences({{odd, 1, "realty", marked, "100 %", 1, 200, odd + marked, 90}});
  const auto found = store().list_inferences("realty");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].request_id, odd);
  EXPECT_EQ(found[0].model_version, marked);
  EXPECT_EQ(found[0].input, "100 %");
  EXPECT_EQ(found[0].error, odd + marked);
}

}  // namespace
}  // namespace veleta
