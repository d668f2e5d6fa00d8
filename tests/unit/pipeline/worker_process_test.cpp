#include "worker_process.hpp"

#include <gmock/gmock.h>
#include <csignal>

#include "veleta/error.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ChildExit shell(const std::string& script, std::vector<std::string>* lines = nullptr, double timeout_s = 20,
                const std::function<bool()>& is_cancelled = {}) {
  return run_child("/bin/sh", {"-c", script}, timeout_s, is_cancelled, [&](const std::string& line) {
    if (lines) lines->push_back(line);
  });
}

TEST(WorkerProcess, HandsOverTheLinesAndTheStatus) {
  std::vector<std::string> lines;
  const ChildExit exit = shell("echo one; echo two; exit 3", &lines);
  EXPECT_THAT(lines, ElementsAre("one", "two"));
  EXPECT_EQ(exit.status, 3);
  EXPECT_EQ(exit.signal, 0);
}

TEST(WorkerProcess, LeavesOutALineWithoutEnd) {
  std::vector<std::string> lines;
  shell("echo one; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo two; printf three", &lines);
  EXPECT_THAT(lines, ElementsAre("one", "two"));
}

TEST(WorkerProcess, TellsACrashWithItsLastWords) {
  const ChildExit exit = shell("echo 'out of luck' >&2; kill -SEGV $$");
  EXPECT_EQ(exit.signal, SIGSEGV);
  EXPECT_THAT(exit.last_words, HasSubstr("out of luck"));
}

TEST(WorkerProcess, StopsAChildThatTakesTooLong) {
  const ChildExit exit = shell("exec sleep 30", nullptr, 0.2);
  EXPECT_TRUE(exit.timed_out);
  EXPECT_EQ(exit.signal, SIGKILL);
}

TEST(WorkerProcess, StopsAChildWhenCancelled) {
  const ChildExit exit = shell("exec sleep 30", nullptr, 20, [] { return true; });
  EXPECT_TRUE(exit.cancelled);
  EXPECT_EQ(exit.signal, SIGKILL);
}

TEST(WorkerProcess, KeepsTheEndOfAFloodOfErrors) {
  const ChildExit exit = shell("i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done");
  EXPECT_THAT(exit.last_words, HasSubstr("line 2999"));
  EXPECT_LT(exit.last_words.size(), 10000u);
}

TEST(WorkerProcess, SaysWhenTheProgramIsNotThere) {
  try {
    run_child("/no/such/program", {}, 1, {}, [](const std::string&) {});
    FAIL() << "started a program that is not there";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/program"));
  }
}

}  // namespace
}  // namespace veleta
