#include <thread>

#include "store_behaviour.hpp"

// RAW.
namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_P(StoreBehaviour, AddsABatchAndTellsTheRun) {
  const BatchRecord added = add_batch("realty", "7");
  EXPECT_EQ(added.ordinal, 0);
  EXPECT_EQ(added.state, BatchState::kRaw);
  const auto found = store().find_batch("realty", "7");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->run_id, "run-realty-7");
  EXPECT_EQ(found->format, "json");
  EXPECT_EQ(found->rows_pointer, "/data");
  EXPECT_EQ(found->cursor, "cursor of 7");
  EXPECT_EQ(found->origin, "http://127.0.0.1/data");
  EXPECT_EQ(found->payload.digest, added.payload.digest);
  EXPECT_EQ(found->payload.byte_count, 12u);
  EXPECT_EQ(found->payload.stored_byte_count, added.payload.stored_byte_count);
  EXPECT_EQ(found->row_count, 0);
  EXPECT_EQ(found->received_ms, 1'700'000'000'123);
  EXPECT_EQ(store().find_run("run-realty-7")->batch_id, "7");
  EXPECT_EQ(store().blobs().get(found->payload.digest), "payload of 7");
}

TEST_P(StoreBehaviour, NumbersBatchesInTheOrderTakenByPipeline) {
  for (const char* id : {"9", "10", "2"}) add_batch("realty", id);
  EXPECT_EQ(add_batch("cars", "9").ordinal, 0);
  const auto batches = store().list_batches("realty");
  ASSERT_EQ(batches.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(batches[i].ordinal, static_cast<int64_t>(i));
    EXPECT_EQ(batches[i].id, (std::vector<std::string>{"9", "10", "2"})[i]);
  }
  EXPECT_TRUE(store().list_batches("boats").empty());
  EXPECT_EQ(store().find_batch("realty", "3"), std::nullopt);
}

TEST_P(StoreBehaviour, AddingABatchAgainChangesNothing) {
  const BatchRecord first = add_batch("realty", "7");
  BatchRecord again = first;
  again.origin = "elsewhere";
  again.received_ms += 5;
  const BatchRecord second = store().add_batch(again);
  EXPECT_EQ(second.ordinal, first.ordinal);
  EXPECT_EQ(second.origin, first.origin);
  EXPECT_EQ(second.received_ms, first.received_ms);
  EXPECT_EQ(store().list_batches("realty").size(), 1u);
}

TEST_P(StoreBehaviour, RefusesABatchThatAnotherRunTook) {
  add_batch("realty", "7");
  store().start_run("realty", "r2");
  std::string message;
  EXPECT_EQ(code_of([&] { store().add_batch(new_batch("realty", "7", "r2")); }, &message), ErrorCode::kConflict);
  EXPECT_THAT(message, AllOf(HasSubstr("'7'"), HasSubstr("'run-realty-7'")));
  EXPECT_EQ(store().find_run("r2")->batch_id, "");
}

TEST_P(StoreBehaviour, RefusesABatchWithAnotherPayload) {
  BatchRecord batch = add_batch("realty", "7");
  const std::string digest = batch.payload.digest;
  batch.payload = store().blobs().put("something else");
  EXPECT_EQ(code_of([&] { store().add_batch(batch); }), ErrorCode::kConflict);
  EXPECT_EQ(store().find_batch("realty", "7")->payload.digest, digest);
}

TEST_P(StoreBehaviour, RefusesASecondBatchOfOneRun) {
  add_batch("realty", "7");
  EXPECT_EQ(code_of([&] { store().add_batch(new_batch("realty", "8", "run-realty-7")); }), ErrorCode::kConflict);
  EXPECT_EQ(store().find_run("run-realty-7")->batch_id, "7");
  EXPECT_EQ(store().list_batches("realty").size(), 1u);
}

TEST_P(StoreBehaviour, RefusesABatchOfARunThatIsNotThereOrAnothers) {
  EXPECT_EQ(code_of([&] { store().add_batch(new_batch("realty", "7", "r1")); }), ErrorCode::kNotFound);
  store().start_run("cars", "r1");
  EXPECT_EQ(code_of([&] { store().add_batch(new_batch("realty", "7", "r1")); }), ErrorCode::kConflict);
  EXPECT_EQ(code_of([&] { store().add_batch(new_batch("cars", "", "r1")); }), ErrorCode::kInvalidArgument);
}

TEST_P(StoreBehaviour, RefusesABatchWhosePayloadWasNeverCommitted) {
  store().start_run("realty", "r1");
  BatchRecord batch = new_batch("realty", "7", "r1");
  batch.payload.digest = std::string(64, '0');
  EXPECT_EQ(code_of([&] { store().add_batch(batch); }), ErrorCode::kNotFound);
  EXPECT_TRUE(store().list_batches("realty").empty());
}

TEST_P(StoreBehaviour, RejectsABatchForGood) {
  add_batch("realty", "7");
  store().reject_batch("realty", "7");
  store().reject_batch("realty", "7");
  EXPECT_EQ(store().find_batch("realty", "7")->state, BatchState::kRejected);
  EXPECT_EQ(code_of([&] { store().write_clean("realty", "7", made_table(3)); }), ErrorCode::kConflict);
  EXPECT_EQ(store().schema("realty"), std::nullopt);
  EXPECT_EQ(code_of([&] { store().reject_batch("realty", "8"); }), ErrorCode::kNotFound);
}

TEST_P(StoreBehaviour, RejectsNoCleanBatch) {
  add_batch("realty", "7");
  store().write_clean("realty", "7", made_table(3));
  EXPECT_EQ(code_of([&] { store().reject_batch("realty", "7"); }), ErrorCode::kConflict);
  EXPECT_EQ(store().read_clean("realty", {"7"}).row_count(), 3u);
}

TEST_P(StoreBehaviour, KeepsEveryTextOfABatchAsItIs) {
  store().start_run(kOddText, kOddText);
  BatchRecord batch = new_batch(kOddText, kOddText, kOddText);
  batch.format = batch.rows_pointer = batch.cursor = batch.origin = kOddText;
  store().add_batch(batch);
  store().write_clean(kOddText, kOddText, made_table(3));
  reopen();
  const auto found = store().find_batch(kOddText, kOddText);
  ASSERT_TRUE(found);
  for (const auto& text :
       {found->pipeline, found->id, found->run_id, found->format, found->rows_pointer, found->cursor, found->origin})
    EXPECT_EQ(text, kOddText);
  expect_equal(store().read_clean(kOddText, {kOddText}), made_table(3));
}

TEST_P(StoreBehaviour, GivesABatchToAnotherRunToBeJudgedAgain) {
  add_batch("realty", "7");
  store().reject_batch("realty", "7");
  store().start_run("realty", "again");
  for (int times = 0; times < 2; ++times) {
    store().take_again("again", "realty", "7");
    EXPECT_EQ(store().find_run("again")->batch_id, "7");
    EXPECT_EQ(store().find_batch("realty", "7")->state, BatchState::kRaw);
    EXPECT_EQ(store().find_batch("realty", "7")->run_id, "run-realty-7");
  }
  store().write_clean("realty", "7", made_table(3));
  store().start_run("realty", "third");
  store().take_again("third", "realty", "7");
  EXPECT_EQ(store().find_batch("realty", "7")->state, BatchState::kClean);
}

TEST_P(StoreBehaviour, RefusesToGiveABatchAgainToARunThatCannotHaveIt) {
  add_batch("realty", "7");
  add_batch("realty", "8");
  store().start_run("cars", "of-cars");
  EXPECT_EQ(code_of([&] { store().take_again("run-realty-8", "realty", "7"); }), ErrorCode::kConflict);
  EXPECT_EQ(code_of([&] { store().take_again("of-cars", "realty", "7"); }), ErrorCode::kConflict);
  EXPECT_EQ(code_of([&] { store().take_again("nobody", "realty", "7"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { store().take_again("run-realty-8", "realty", "9"); }), ErrorCode::kNotFound);
}

TEST_P(StoreBehaviour, RemembersByPipelineThatASourceIsUnsure) {
  EXPECT_FALSE(store().is_source_unsure("realty"));
  for (int times = 0; times < 2; ++times) store().set_source_unsure("realty", true);
  reopen();
  EXPECT_TRUE(store().is_source_unsure("realty"));
  EXPECT_FALSE(store().is_source_unsure("cars"));
  for (int times = 0; times < 2; ++times) store().set_source_unsure("realty", false);
  EXPECT_FALSE(store().is_source_unsure("realty"));
}

TEST_P(StoreBehaviour, ManyThreadsAddBatchesWithoutGaps) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 5; ++j) add_batch("realty", std::to_string(i) + "." + std::to_string(j));
    });
  threads.clear();
  const auto batches = store().list_batches("realty");
  ASSERT_EQ(batches.size(), 40u);
  for (size_t i = 0; i < batches.size(); ++i) EXPECT_EQ(batches[i].ordinal, static_cast<int64_t>(i));
}

TEST_P(StoreBehaviour, OfManyRunsOneTakesABatch) {
  for (int i = 0; i < 8; ++i) store().start_run("realty", "r" + std::to_string(i));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      try {
        store().add_batch(new_batch("realty", "7", "r" + std::to_string(i)));
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kConflict) << error.what();
      }
    });
  threads.clear();
  const auto batches = store().list_batches("realty");
  ASSERT_EQ(batches.size(), 1u);
  int takers = 0;
  for (const auto& run : store().list_runs("realty")) takers += run.batch_id == "7" && run.id == batches[0].run_id;
  EXPECT_EQ(takers, 1);
}

}  // namespace
}  // namespace veleta
