#include "isolated.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "veleta/error.hpp"

namespace veleta::contract {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorCode::kInternal, fmt::format("no process for a check: {}: {}", what, std::strerror(errno)));
}

void write_all(int file, const std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(file, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) done += static_cast<size_t>(count);
  }
}

/// The child's whole life. _exit: what this process would do at its end is the parent's to do.
[[noreturn]] void be_child(int answer, const std::function<std::string()>& body) noexcept {
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  write_all(answer, body());
  ::_exit(0);
}

/// Reads until the child closes its end; false if the time is up before.
bool read_until(int file, Clock::time_point deadline, std::string& bytes) {
  char buffer[4096];
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{file, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long>(left, 1 << 30))) <= 0) continue;
    const ssize_t count = ::read(file, buffer, sizeof buffer);
    if (count == 0) return true;
    if (count > 0) bytes.append(buffer, static_cast<size_t>(count));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string failure_of(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("crashed (SIG{}: {})", ::sigabbrev_np(WTERMSIG(status)), ::strsignal(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return fmt::format("ended the process with status {}", WEXITSTATUS(status));
  return "";
}

}  // namespace

IsolatedOutcome run_isolated(const std::function<std::string()>& body, std::chrono::milliseconds limit) {
  int ends[2];
  if (::pipe(ends) != 0) fail("pipe");
  std::fflush(nullptr);  // else the child would write what waits in the buffers, too
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], body);
  }
  ::close(ends[1]);
  IsolatedOutcome outcome;
  outcome.timed_out = !read_until(ends[0], Clock::now() + limit, outcome.answer);
  ::close(ends[0]);
  if (outcome.timed_out) ::kill(child, SIGKILL);
  const std::string failure = failure_of(wait_for(child));
  outcome.failure = outcome.timed_out
                        ? fmt::format("did not end within {} s", std::chrono::duration<double>(limit).count())
                        : failure;
  return outcome;
}

}  // namespace veleta::contract
