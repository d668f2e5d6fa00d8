#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "store_behaviour.hpp"

// What a process that is killed leaves behind.
namespace veleta {
namespace {

/// Runs `work` in a child process and kills it `delay` after it says that it begins, unless it ends before.
void kill_during(const std::function<void(const std::function<void()>& begin)>& work, std::chrono::microseconds delay) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      work([&] { [[maybe_unused]] const auto written = ::write(pipe_ends[1], "b", 1); });
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  char begun = 0;
  EXPECT_EQ(::read(pipe_ends[0], &begun, 1), 1);
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(pipe_ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

TEST_P(StoreBehaviour, AWriterKilledLeavesAWholeBatchOrNone) {
  const Table table = made_table(8000);
  const auto begin = std::chrono::steady_clock::now();
  add_batch("realty", "timed");
  store().write_clean("realty", "timed", table);
  const auto usual = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);

  std::mt19937_64 random(20261124);
  for (int i = 0; i < 15; ++i) {
    const std::string id = std::to_string(i);
    add_batch("realty", id);
    store_.reset();
    kill_during(
        [&](const auto& say_begin) {
          const auto own = open_store(uri_);
          say_begin();
          own->write_clean("realty", id, table);
        },
        usual * static_cast<int>(random() % 120) / 100);
    store_ = open_store(uri_);
    if (store().find_batch("realty", id)->state == BatchState::kRaw) {
      EXPECT_EQ(code_of([&] { store().read_clean("realty", {id}); }), ErrorCode::kNotFound);
      store().write_clean("realty", id, table);
    }
    expect_equal(store().read_clean("realty", {id}), table);
  }
}

TEST_P(StoreBehaviour, AWriterKilledWhileTakingBatchesLeavesRunsAndBatchesInAgreement) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 6; ++round) {
    const std::string prefix = std::to_string(round) + ".";
    store_.reset();
    kill_during(
        [&](const auto& say_begin) {
          store_ = open_store(uri_);
          say_begin();
          for (int i = 0; i < 1000; ++i) add_batch("realty", prefix + std::to_string(i));
        },
        std::chrono::microseconds(random() % 40'000));
    store_ = open_store(uri_);
    const auto batches = store().list_batches("realty");
    for (size_t i = 0; i < batches.size(); ++i) {
      EXPECT_EQ(batches[i].ordinal, static_cast<int64_t>(i));
      EXPECT_EQ(store().find_run(batches[i].run_id)->batch_id, batches[i].id);
      EXPECT_EQ(store().blobs().get(batches[i].payload.digest), "payload of " + batches[i].id);
    }
    size_t taken = 0;
    for (const auto& run : store().list_runs("realty", 100'000)) taken += !run.batch_id.empty();
    EXPECT_EQ(taken, batches.size());
  }
}

TEST_P(StoreBehaviour, TheLockOfAProcessThatIsKilledIsFree) {
  store_.reset();
  kill_during(
      [&](const auto& say_begin) {
        const auto own = open_store(uri_);
        const auto lock = own->lock_pipeline("realty");
        say_begin();
        ::pause();
      },
      std::chrono::microseconds(1000));
  store_ = open_store(uri_);
  EXPECT_NE(store().lock_pipeline("realty"), nullptr);
}

TEST_P(StoreBehaviour, ABlobWriterKilledLeavesNoBlob) {
  store_.reset();
  kill_during(
      [&](const auto& say_begin) {
        const auto own = open_store(uri_);
        const auto writer = own->blobs().create();
        writer->write(std::string(1'000'000, 'x'));
        say_begin();
        ::pause();
      },
      std::chrono::microseconds(1000));
  store_ = open_store(uri_);
  const std::string digest = store().blobs().put("x").digest;
  EXPECT_EQ(store().blobs().get(digest), "x");
}

}  // namespace
}  // namespace veleta
