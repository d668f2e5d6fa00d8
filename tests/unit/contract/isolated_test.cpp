#include "isolated.hpp"

#include <gtest/gtest.h>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace veleta::contract {
namespace {

constexpr std::chrono::seconds kLong(60);

TEST(Isolated, BringsBackWhatTheBodyReturns) {
  const std::string long_answer(1 << 20, 'x');
  const IsolatedOutcome outcome = run_isolated([&] { return long_answer; }, kLong);
  EXPECT_EQ(outcome.answer, long_answer);
  EXPECT_EQ(outcome.failure, "");
}

TEST(Isolated, LeavesThisProcessAsItWas) {
  int value = 1;
  run_isolated([&] { return std::to_string(value = 2); }, kLong);
  EXPECT_EQ(value, 1);
}

TEST(Isolated, TellsOfASignal) {
  const auto outcome = run_isolated(
      []() -> std::string {
        std::raise(SIGKILL);
        return "";
      },
      kLong);
  EXPECT_EQ(outcome.failure, "crashed (SIGKILL: Killed)");
}

TEST(Isolated, TellsOfAnExit) {
  EXPECT_EQ(run_isolated([]() -> std::string { std::_Exit(3); }, kLong).failure, "ended the process with status 3");
}

TEST(Isolated, EndsABodyThatHangs) {
  const auto hang = []() -> std::string {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  };
  const IsolatedOutcome outcome = run_isolated(hang, std::chrono::milliseconds(50));
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.failure, "did not end within 0.05 s");
}

}  // namespace
}  // namespace veleta::contract
