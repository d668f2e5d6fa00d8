#include "store_behaviour.hpp"

// Records of another store.

namespace veleta {
namespace {

using ::testing::HasSubstr;

RunRecord run(const std::string& id = "r1") {
  RunRecord made;
  made.id = id;
  made.pipeline = "realty";
  made.state = RunState::kSucceeded;
  made.outcome = "promoted";
  made.sentence = kOddText;
  made.batch_id = "7";
  made.attempt = 3;
  made.started_ms = 1'700'000'000'001;
  made.finished_ms = 1'700'000'009'999;
  return made;
}
std::vector<StepRecord> steps() { return {{"ingest", {{"n", 1}}, 11, 12}, {"decide", {{"text", kOddText}}, 12, 13}}; }
DecisionRecord decision(const std::string& run_id = "r1") {
  return {run_id, "realty", "7", "train", "promoted", "because", "4", {{"evidence", {1, 2.5}}}, 1'700'000'009'998};
}
void expect_equal(const RunRecord& found, const RunRecord& expected) {
  EXPECT_EQ(found.pipeline, expected.pipeline);
  EXPECT_EQ(found.state, expected.state);
  EXPECT_EQ(found.outcome, expected.outcome);
  EXPECT_EQ(found.sentence, expected.sentence);
  EXPECT_EQ(found.batch_id, expected.batch_id);
  EXPECT_EQ(found.attempt, expected.attempt);
  EXPECT_EQ(found.started_ms, expected.started_ms);
  EXPECT_EQ(found.finished_ms, expected.finished_ms);
}

BatchRecord placed(BatchRecord batch) {
  batch.ordinal = 5;
  return batch;
}

TEST_P(StoreBehaviour, ARunIsThereAsItWas) {
  for (int time = 0; time < 2; ++time) {
    store().restore_run(run(), steps(), decision());
    expect_equal(store().find_run("r1").value(), run());
    const auto found = store().steps("r1");
    ASSERT_EQ(found.size(), 2);
    EXPECT_EQ(found[1].name, "decide");
    EXPECT_EQ(found[1].output, steps()[1].output);
    EXPECT_EQ(found[1].started_ms, 12);
    EXPECT_EQ(found[1].finished_ms, 13);
    const auto decided = store().list_decisions("realty");
    ASSERT_EQ(decided.size(), 1);
    EXPECT_EQ(decided[0].record, decision().record);
    EXPECT_EQ(decided[0].decided_ms, decision().decided_ms);
    EXPECT_EQ(decided[0].model_version, "4");
  }
}

TEST_P(StoreBehaviour, ARunThatIsFurtherOnStaysAndOneThatIsNotGoesOn) {
  RunRecord early = run();
  early.state = RunState::kRunning;
  early.outcome = early.sentence = "";
  early.attempt = 1;
  early.finished_ms = 0;
  store().restore_run(early, {steps()[0]}, std::nullopt);
  store().restore_run(run(), steps(), decision());
  EXPECT_EQ(store().steps("r1").size(), 2);
  store().restore_run(early, {steps()[0]}, std::nullopt);
  expect_equal(store().find_run("r1").value(), run());
  EXPECT_EQ(store().steps("r1").size(), 2);
  EXPECT_TRUE(store().find_decision("r1"));
}

TEST_P(StoreBehaviour, AnotherRunOfTheSameIdIsAConflict) {
  store().start_run("churn", "r1");
  std::string message;
  EXPECT_EQ(code_of([&] { store().restore_run(run(), steps(), decision()); }, &message), ErrorCode::kConflict);
  EXPECT_THAT(message, HasSubstr("another run of that id, of pipeline 'churn'"));
  store().start_run("realty", "r2");
  EXPECT_EQ(code_of([&] { store().restore_run(run("r2"), steps(), decision("r2")); }), ErrorCode::kConflict)
      << "it was started at another time";
}

TEST_P(StoreBehaviour, ABatchKeepsItsPlaceAndGoesOnToClean) {
  store().restore_run(run(), steps(), decision());
  for (int time = 0; time < 2; ++time) {
    store().restore_batch(placed(new_batch("realty", "7", "r1")));
    const auto found = store().find_batch("realty", "7").value();
    EXPECT_EQ(found.ordinal, 5);
    EXPECT_EQ(found.run_id, "r1");
    EXPECT_EQ(found.cursor, placed(new_batch("realty", "7", "r1")).cursor);
    EXPECT_EQ(found.received_ms, placed(new_batch("realty", "7", "r1")).received_ms);
    EXPECT_EQ(found.state, time == 0 ? BatchState::kRaw : BatchState::kClean);
    Table rows;
    rows.columns = {number_column("bed", {1, 2, 3})};
    store().write_clean("realty", "7", rows);
  }
  EXPECT_EQ(store().find_batch("realty", "7")->row_count, 3);
  add_batch("realty", "8");
  EXPECT_EQ(store().find_batch("realty", "8")->ordinal, 6) << "the next one comes after it";
}

TEST_P(StoreBehaviour, ARejectedBatchIsRejected) {
  store().restore_run(run(), steps(), decision());
  BatchRecord rejected = placed(new_batch("realty", "7", "r1"));
  rejected.state = BatchState::kRejected;
  store().restore_batch(rejected);
  EXPECT_EQ(store().find_batch("realty", "7")->state, BatchState::kRejected);
}

TEST_P(StoreBehaviour, ABatchThatDoesNotFitIsAConflict) {
  EXPECT_EQ(code_of([&] { store().restore_batch(placed(new_batch("realty", "7", "r1"))); }), ErrorCode::kNotFound)
      << "no run";
  store().restore_run(run(), steps(), decision());
  BatchRecord other = placed(new_batch("realty", "7", "r1"));
  other.payload.digest = std::string(64, '0');
  EXPECT_EQ(code_of([&] { store().restore_batch(other); }), ErrorCode::kNotFound) << "no payload";
  store().restore_batch(placed(new_batch("realty", "7", "r1")));
  other.payload = store().blobs().put("another payload");
  EXPECT_EQ(code_of([&] { store().restore_batch(other); }), ErrorCode::kConflict);
  store().restore_run(run("r2"), steps(), std::nullopt);
  BatchRecord same_place = placed(new_batch("realty", "7", "r1"));
  same_place.id = "9";
  same_place.run_id = "r2";
  std::string message;
  EXPECT_EQ(code_of([&] { store().restore_batch(same_place); }, &message), ErrorCode::kConflict);
  EXPECT_THAT(message, HasSubstr("the store has batch '7' as number 5"));
}

TEST_P(StoreBehaviour, EachInferenceIsVisitedOldestFirst) {
  std::vector<InferenceRecord> records(3);
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].request_id = "request-" + std::to_string(i);
    records[i].pipeline = i == 1 ? "churn" : "realty";
    records[i].input = kOddText;
  }
  store().append_inferences(records);
  std::vector<std::string> visited;
  store().each_inference("realty", [&](const InferenceRecord& record) { visited.push_back(record.request_id); });
  EXPECT_EQ(visited, (std::vector<std::string>{"request-0", "request-2"}));
}

}  // namespace
}  // namespace veleta
