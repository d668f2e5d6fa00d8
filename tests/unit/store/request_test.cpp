#include "store/request.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

#include "request_world.hpp"

namespace veleta {
namespace {

/// Every world that any sequence of happenings leads to: from each new one, all that may happen is tried.
std::map<RequestWorld::Key, RequestWorld> all_worlds() {
  std::map<RequestWorld::Key, RequestWorld> known;
  std::vector<RequestWorld> new_ones{RequestWorld()};
  known.emplace(new_ones.back().key(), new_ones.back());
  while (!new_ones.empty()) {
    const RequestWorld world = new_ones.back();
    new_ones.pop_back();
    for (int happening = 0; happening < RequestWorld::kHappenings; ++happening) {
      RequestWorld next = world;
      next.happen(happening);
      if (known.emplace(next.key(), next).second) new_ones.push_back(next);
    }
  }
  return known;
}

TEST(Request, KeepsItsRulesWhateverHappens) {
  std::map<RequestWorld::Key, RequestWorld> worlds;
  ASSERT_NO_THROW(worlds = all_worlds());
  std::map<RequestState, int> states;
  for (const auto& [key, world] : worlds) ++states[world.request().state];
  for (const auto state : {RequestState::kQueued, RequestState::kRunning, RequestState::kSucceeded,
                           RequestState::kFailed, RequestState::kCancelled})
    EXPECT_GT(states[state], 10) << to_string(state);
  EXPECT_GT(worlds.size(), 500U);
}

TEST(Request, EndsFromWhereverItIsIfARunnerLives) {
  for (const auto& [key, world] : all_worlds()) ASSERT_NO_THROW(world.require_that_it_ends());
}

TEST(Request, KeepsItsRulesInLongLives) {
  std::mt19937 random(5);
  for (int life = 0; life < 2000; ++life) {
    RequestWorld world;
    for (int i = 0; i < 200; ++i)
      ASSERT_NO_THROW(world.happen(static_cast<int>(random() % RequestWorld::kHappenings))) << life << " " << i;
    ASSERT_NO_THROW(world.require_that_it_ends()) << life;
  }
}

TEST(Request, FailsWhenItCostThreeRunnersInARow) {
  RunRequest request;
  for (int64_t now = 0; now < 3; ++now) ASSERT_TRUE(claim(request, "r", now * 100, 10));
  request.progress.step = "train";
  EXPECT_FALSE(claim(request, "r", 300, 10));
  EXPECT_EQ(request.state, RequestState::kFailed);
  EXPECT_EQ(request.end.error_code, "runner-died");
  EXPECT_EQ(request.end.failed_step, "train");
}

TEST(Request, OfALaterTryRunsAgainOnlyAfterAFailure) {
  RunRequest request;
  ASSERT_TRUE(claim(request, "r", 0, 10));
  EXPECT_FALSE(ask_again(request, 2, 1));  // while it runs
  finish(request, {RequestState::kFailed, "failed", "", "", "", {}}, 2);
  EXPECT_FALSE(ask_again(request, 2, 3)) << "a repeat of a try that was told before";
  EXPECT_TRUE(ask_again(request, 3, 4));
  EXPECT_EQ(request.state, RequestState::kQueued);
  EXPECT_EQ(request.end.outcome, "");
}

}  // namespace
}  // namespace veleta
