#include "inference_log.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <stdexcept>

#include "base/ids.hpp"

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
    InferenceLog log(
        [&](const auto& batch, const auto&) { written.insert(written.end(), batch.begin(), batch.end()); });
    log.append(records(2500));
  }
  ASSERT_EQ(written.size(), 2500U);
  for (size_t row = 0; row < written.size(); ++row) ASSERT_EQ(written[row].prediction, static_cast<double>(row));
}

/// Predictions of so many rows.
ServedRows served(int version, size_t rows) {
  static const std::vector<double> predictions(1000);
  return {version, nullptr, std::span(predictions).first(rows)};
}

TEST(InferenceLog, GivesRowsToBeWatchedOnInTheOrderOfTheirRequests) {
  std::vector<int> versions;
  {
    InferenceLog log([](const auto&, const auto&) {}, {}, InferenceLog::kCapacityRows, InferenceLog::kCapacityBytes,
                     [&](const std::vector<ServedBlock>& blocks) {
                       for (const auto& block : blocks) versions.push_back(block.model_version());
                     });
    for (int version = 1; version <= 50; ++version) log.append(records(1), served(version, 3));
    log.append(records(1));  // one that failed
  }
  ASSERT_EQ(versions.size(), 50U);
  for (size_t i = 0; i < versions.size(); ++i) EXPECT_EQ(versions[i], static_cast<int>(i + 1));
}

TEST(InferenceLog, DropsAndCountsRowsToBeWatchedThatItHasNoRoomFor) {
  size_t watched = 0;
  InferenceLog log([](const auto&, const auto&) {}, {}, InferenceLog::kCapacityRows, 1000,
                   [&](const std::vector<ServedBlock>& blocks) {
                     for (const auto& block : blocks) watched += block.row_count();
                   });
  log.append({}, served(1, 10));
  log.append({}, served(1, 1000));
  log.stop();
  log.append({}, served(1, 2));
  EXPECT_EQ(watched, 10U);
  EXPECT_EQ(log.figures().unwatched_rows, 1002U);
}

TEST(InferenceLog, WritesInBatchesOfBoundedSize) {
  std::vector<size_t> sizes;
  InferenceLog log([&](const auto& batch, const auto&) { sizes.push_back(batch.size()); });
  log.append(records(2 * InferenceLog::kBatchRows + 1));
  log.stop();
  EXPECT_EQ(sizes, (std::vector<size_t>{InferenceLog::kBatchRows, InferenceLog::kBatchRows, 1}));
}

TEST(InferenceLog, DropsAndCountsWhatAFullQueueCannotTake) {
  std::promise<void> entered, release;
  std::atomic<bool> first{true};
  InferenceLog log(
      [&](const auto&, const auto&) {
        if (first.exchange(false)) {
          entered.set_value();
          release.get_future().wait();
        }
      },
      {}, 10);
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
      [&](const auto&, const auto&) {
        if (first.exchange(false)) {
          entered.set_value();
          release.get_future().wait();
        }
      },
      {}, InferenceLog::kCapacityRows, kCapacityBytes);
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
  InferenceLog log([&](const auto&, const auto&) {
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
  InferenceLog log([&](const auto& batch, const auto&) {
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
  InferenceLog log([](const auto&, const auto&) {});
  log.stop();
  log.append(records(2));
  EXPECT_EQ(log.figures().dropped_rows, 2U);
}

TEST(InferenceLog, LosesNothingFromManyThreads) {
  std::atomic<size_t> written{0};
  InferenceLog log([&](const auto& batch, const auto&) { written += batch.size(); });
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

/// A store that may be away, and that takes each chunk once.
class FickleStore {
 public:
  std::atomic<bool> is_away{false};

  InferenceLog::Write writer() {
    return [this](const auto& batch, const InferenceChunk& chunk) {
      if (is_away) throw Error(ErrorCode::kUnavailable, "away");
      const std::lock_guard lock(mutex_);
      if (chunk.number <= newest_[chunk.writer]) return;
      newest_[chunk.writer] = chunk.number;
      for (const auto& record : batch) rows_.push_back(record.request_id);
    };
  }
  std::vector<std::string> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int64_t> newest_;
  std::vector<std::string> rows_;
};

class InferenceLogSpool : public ::testing::Test {
 protected:
  ~InferenceLogSpool() override { std::filesystem::remove_all(folder_); }

  static void wait_until(const std::function<bool()>& holds) {
    while (!holds()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("veleta-spool-" + new_id());
  FickleStore store_;
};

TEST_F(InferenceLogSpool, KeepsRowsWhileTheStoreIsAwayAndBringsThemInOrder) {
  InferenceLog log(store_.writer(), folder_);
  std::vector<std::string> expected;
  const auto append = [&](const std::string& id) {
    log.append(records(1, id));
    expected.push_back(id);
  };
  append("before");
  wait_until([&] { return log.figures().written_rows == 1; });
  store_.is_away = true;
  for (int i = 0; i < 5; ++i) {
    append("away " + std::to_string(i));
    wait_until([&] { return log.figures().spooled_rows == static_cast<uint64_t>(i) + 1; });
  }
  EXPECT_GT(log.figures().spooled_bytes, 0U);
  EXPECT_EQ(log.figures().failed_rows, 0U);
  store_.is_away = false;
  append("after");
  // The rows are counted as written a moment before the spool is counted anew.
  wait_until([&] { return log.figures().written_rows == 7 && log.figures().spooled_rows == 0; });
  EXPECT_EQ(store_.rows(), expected);
}

TEST_F(InferenceLogSpool, BringsWhatAProcessBeforeItLeft) {
  store_.is_away = true;
  {
    InferenceLog log(store_.writer(), folder_);
    log.append(records(3, "left"));
  }
  EXPECT_TRUE(store_.rows().empty());
  store_.is_away = false;
  InferenceLog log(store_.writer(), folder_);
  EXPECT_EQ(log.figures().spooled_rows, 3U);
  log.append(records(1, "new"));
  wait_until([&] { return log.figures().written_rows == 4; });
  EXPECT_EQ(store_.rows(), (std::vector<std::string>{"left", "left", "left", "new"}));
}

TEST_F(InferenceLogSpool, WritesNothingTwiceWhenItIsKilledWhileItReplays) {
  store_.is_away = true;
  {
    InferenceLog log(store_.writer(), folder_);
    for (int i = 0; i < 10; ++i) {
      log.append(records(1, std::to_string(i)));
      wait_until([&] { return log.figures().spooled_rows == static_cast<uint64_t>(i) + 1; });
    }
  }
  store_.is_away = false;
  const std::filesystem::path copy = folder_.string() + ".copy";
  std::filesystem::copy(folder_, copy);
  {
    // It dies after four chunks: the files are as they were.
    int left = 4;
    InferenceLog log(
        [&, write = store_.writer()](const auto& batch, const auto& chunk) {
          if (left-- <= 0) throw Error(ErrorCode::kUnavailable, "killed");
          write(batch, chunk);
        },
        folder_);
    wait_until([&] { return log.figures().written_rows == 4; });
  }
  std::filesystem::remove_all(folder_);
  std::filesystem::rename(copy, folder_);
  InferenceLog log(store_.writer(), folder_);
  wait_until([&] { return log.figures().spooled_rows == 0; });
  const std::vector<std::string> expected{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  EXPECT_EQ(store_.rows(), expected);
}

TEST_F(InferenceLogSpool, IsNotHeldUpByRowsThatTheStoreRefuses) {
  store_.is_away = true;
  InferenceLog log(
      [write = store_.writer()](const auto& batch, const auto& chunk) {
        write(batch, chunk);
        if (batch.front().request_id == "refused") throw Error(ErrorCode::kInternal, "no");
      },
      folder_);
  for (const char* id : {"refused", "kept"}) {
    log.append(records(1, id));
    wait_until([&] { return log.figures().queued_rows == 0; });
  }
  store_.is_away = false;
  wait_until([&] { return log.figures().written_rows == 1; });
  EXPECT_EQ(log.figures().failed_rows, 1U);
}

}  // namespace
}  // namespace veleta
