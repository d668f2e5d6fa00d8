#include "inference_log.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <future>
#include <stdexcept>

namespace veleta {
namespace {

std::vector<InferenceRecord> records(size_t count, const std::string& id = "request") {
  std::vector<InferenceRecord> made(count);
  for (size_t row = 0; row < count; ++row) {
    made[row].request_id = id;
    made[row].prediction = static_cast<double>(row);
  }
  return made;
}

TEST(InferenceLog, WritesEveryRowOnceAndInOrder) {
  std::vector<InferenceRecord> written;
  {
    InferenceLog log([&](const auto& batch) { written.insert(written.end(), batch.begin(), batch.end()); });
    log.append(records(2500));
  }
  ASSERT_EQ(written.size(), 2500U);
  for (size_t row = 0; row < written.size(); ++row) ASSERT_EQ(written[row].prediction, static_cast<double>(row));
}

TEST(InferenceLog, WritesInBatchesOfBoundedSize) {
  std::vector<size_t> sizes;
  InferenceLog log([&](const auto& batch) { sizes.push_back(batch.size()); });
  log.append(records(2 * InferenceLog::kBatchRows + 1));
  log.stop();
  EXPECT_EQ(sizes, (std::vector<size_t>{InferenceLog::kBatchRows, InferenceLog::kBatchRows, 1}));
}

TEST(InferenceLog, DropsAndCountsWhatAFullQueueCannotTake) {
  std::promise<void> entered, release;
  std::atomic<bool> first{true};
  InferenceLog log(
      [&](const auto&) {
        if (first.exchange(false)) {
          entered.set_value();
          release.get_future().wait();
        }
      },
      10);
  log.append(records(4));
  entered.get_future().wait();  // the store hangs with 4 rows: 6 places are left
  log.append(records(9));
  const InferenceLogFigures hanging = log.figures();
  EXPECT_EQ(hanging.queued_rows, 10U);
  EXPECT_EQ(hanging.dropped_rows, 3U);
  release.set_value();
  log.stop();
  const InferenceLogFigures after = log.figures();
  EXPECT_EQ(after.written_rows, 10U);
  EXPECT_EQ(after.dropped_rows, 3U);
  EXPECT_EQ(after.queued_rows, 0U);
}

TEST(InferenceLog, IsBoundedInBytesToo) {
  constexpr size_t kCapacityBytes = 100'000, kInputBytes = 30'000;
  std::promise<void> entered, release;
  std::atomic<bool> first{true};
  InferenceLog log(
      [&](const auto&) {
        if (first.exchange(false)) {
          entered.set_value();
          release.get_future().wait();
        }
      },
      InferenceLog::kCapacityRows, kCapacityBytes);
  std::vector<InferenceRecord> large = records(2);
  for (auto& record : large) record.input.assign(kInputBytes, 'x');
  log.append(large);
  entered.get_future().wait();  // what is being written is in memory still
  log.append(large);
  const InferenceLogFigures hanging = log.figures();
  EXPECT_EQ(hanging.queued_rows, 3U);
  EXPECT_EQ(hanging.dropped_rows, 1U);
  EXPECT_GE(hanging.queued_bytes, 3 * kInputBytes);
  EXPECT_LE(hanging.queued_bytes, kCapacityBytes);
  release.set_value();
  log.stop();
  EXPECT_EQ(log.figures().written_rows, 3U);
  EXPECT_EQ(log.figures().queued_bytes, 0U);
}

TEST(InferenceLog, TriesABusyStoreAgain) {
  std::atomic<int> calls{0};
  InferenceLog log([&](const auto&) {
    if (++calls == 1) throw Error(ErrorCode::kUnavailable, "busy");
  });
  log.append(records(3));
  log.stop();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(log.figures().written_rows, 3U);
  EXPECT_EQ(log.figures().failed_rows, 0U);
}

TEST(InferenceLog, CountsWhatTheStoreRefusesAndGoesOn) {
  std::atomic<bool> broken{true};
  InferenceLog log([&](const auto& batch) {
    if (batch.front().request_id == "lost" && broken) throw Error(ErrorCode::kInternal, "disk full");
  });
  log.append(records(5, "lost"));
  while (log.figures().failed_rows == 0) std::this_thread::yield();
  log.append(records(2, "kept"));
  log.stop();
  EXPECT_EQ(log.figures().failed_rows, 5U);
  EXPECT_EQ(log.figures().written_rows, 2U);
}

TEST(InferenceLog, DropsWhatComesAfterItsEnd) {
  InferenceLog log([](const auto&) {});
  log.stop();
  log.append(records(2));
  EXPECT_EQ(log.figures().dropped_rows, 2U);
}

TEST(InferenceLog, LosesNothingFromManyThreads) {
  std::atomic<size_t> written{0};
  InferenceLog log([&](const auto& batch) { written += batch.size(); });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int call = 0; call < 500; ++call) log.append(records(3));
    });
  for (auto& thread : threads) thread.join();
  log.stop();
  EXPECT_EQ(written, 6000U);
  EXPECT_EQ(log.figures().written_rows, 6000U);
}

}  // namespace
}  // namespace veleta
