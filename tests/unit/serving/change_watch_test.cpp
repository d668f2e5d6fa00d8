#include "change_watch.hpp"

#include <gmock/gmock.h>
#include <filesystem>
#include <future>

#include "base/ids.hpp"
#include "store/store.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ChangeWatchTest : public ::testing::Test {
 protected:
  /// Somebody who waits, and counts how often they were woken.
  struct Waiter {
    std::shared_ptr<std::atomic<int>> woken = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<void> place;
    bool is_woken() const { return *woken > 0; }
  };

  ~ChangeWatchTest() override { fs::remove_all(folder); }

  Waiter wait_for(ChangeWatch& watch, const ChangeWatch::Topic& topic, uint64_t position) {
    Waiter waiter;
    waiter.place = watch.hold(topic, position, {}).subscribe([woken = waiter.woken] { ++*woken; });
    return waiter;
  }
  /// Waits until the watch has looked once, which wakes whoever waits.
  void settle(ChangeWatch& watch) {
    const Waiter waiter = wait_for(watch, {}, watch.position());
    while (!waiter.is_woken()) std::this_thread::yield();
    kept_awake.push_back(wait_for(watch, {"none", "none"}, watch.position()));
  }
  void tell(const std::string& pipeline, const std::string& run) {
    store->queue().tell({0, 0, "started", pipeline, run, {}});
  }
  RunQueue& queue() {
    if (away) throw Error(ErrorCode::kUnavailable, "away");
    return store->queue();
  }

  fs::path folder = fs::temp_directory_path() / ("veleta_watch_" + new_id());
  std::unique_ptr<Store> store = open_store("sqlite:///" + (folder / "veleta.db").string());
  std::atomic<bool> away{false};
  std::vector<Waiter> kept_awake;  // destroyed before the watches of tests would be: cleared by them
};

TEST_F(ChangeWatchTest, WakesThoseWhomAnEventConcerns) {
  ChangeWatch watch([this]() -> RunQueue& { return queue(); }, 1ms);
  settle(watch);
  const uint64_t position = watch.position();
  const Waiter any = wait_for(watch, {}, position), pipeline = wait_for(watch, {"rent"}, position),
               run = wait_for(watch, {"rent", "a"}, position), other_run = wait_for(watch, {"rent", "b"}, position),
               other_pipeline = wait_for(watch, {"realty"}, position),
               same_name_elsewhere = wait_for(watch, {"realty", "a"}, position);
  tell("rent", "a");
  while (!run.is_woken() || !pipeline.is_woken() || !any.is_woken()) std::this_thread::yield();
  EXPECT_FALSE(other_run.is_woken());
  EXPECT_FALSE(other_pipeline.is_woken());
  EXPECT_FALSE(same_name_elsewhere.is_woken());
  kept_awake.clear();
}

TEST_F(ChangeWatchTest, WakesAtOnceWhoLookedBeforeItDid) {
  ChangeWatch watch([this]() -> RunQueue& { return queue(); }, 1ms);
  const uint64_t before = watch.position();
  settle(watch);
  EXPECT_TRUE(wait_for(watch, {"rent", "a"}, before).is_woken());
  EXPECT_FALSE(wait_for(watch, {"rent", "a"}, watch.position()).is_woken());
  kept_awake.clear();
}

TEST_F(ChangeWatchTest, MissesNothingThatHappensWhileNobodyWaits) {
  ChangeWatch watch([this]() -> RunQueue& { return queue(); }, 1ms);
  for (int round = 0; round < 20; ++round) {
    const uint64_t position = watch.position();
    tell("rent", "a");  // after the position was taken, before anybody waits
    const Waiter waiter = wait_for(watch, {"rent", "a"}, position);
    while (!waiter.is_woken()) std::this_thread::yield();
  }
}

TEST_F(ChangeWatchTest, LooksAtOnceWhenToldTo) {
  ChangeWatch watch([this]() -> RunQueue& { return queue(); }, 1h);
  settle(watch);
  const Waiter waiter = wait_for(watch, {"rent", "a"}, watch.position());
  tell("rent", "a");
  watch.look_now();
  while (!waiter.is_woken()) std::this_thread::yield();
  kept_awake.clear();
}

TEST_F(ChangeWatchTest, WakesEverybodyWhereMoreHappenedThanItReads) {
  ChangeWatch watch([this]() -> RunQueue& { return queue(); }, 1h);
  settle(watch);
  const Waiter waiter = wait_for(watch, {"rent", "a"}, watch.position());
  for (int event = 0; event < 600; ++event) tell("realty", "x");
  watch.look_now();
  while (!waiter.is_woken()) std::this_thread::yield();
  kept_awake.clear();
}

TEST_F(ChangeWatchTest, OutlivesAStoreThatIsAway) {
  ChangeWatch watch([this]() -> RunQueue& { return queue(); }, 1ms);
  settle(watch);
  away = true;
  const Waiter waiter = wait_for(watch, {"rent", "a"}, watch.position());
  tell("rent", "a");
  std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(waiter.is_woken());
  away = false;
  while (!waiter.is_woken()) std::this_thread::yield();
  kept_awake.clear();
}

}  // namespace
}  // namespace veleta
