#include "worker_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "veleta/error.hpp"

namespace veleta {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollInterval_ms = 100;
constexpr size_t kLastWordsBytes = 2000;
constexpr size_t kMaxLineBytes = 1 << 20;

/// One end of a pipe, closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  void reset() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }
  int get() const { return value_; }

 private:
  int value_;
};

struct Pipe {
  Descriptor read, write;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw Error(ErrorCode::kInternal, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
};

pid_t spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int out, int err) {
  std::vector<std::string> texts{program.string()};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0)
    throw Error(ErrorCode::kInternal, fmt::format("cannot start {}: {}", program.string(), std::strerror(failure)));
  return child;
}

/// Cuts a stream into lines. Of a line that is too long, nothing is handed over.
class LineReader {
 public:
  explicit LineReader(const std::function<void(const std::string&)>& on_line) : on_line_(on_line) {}
  void add(std::string_view bytes) {
    for (size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      keep(bytes.substr(0, end));
      if (!too_long_) on_line_(pending_);
      pending_.clear();
      too_long_ = false;
    }
    keep(bytes);
  }

 private:
  const std::function<void(const std::string&)>& on_line_;
  void keep(std::string_view bytes) {
    too_long_ = too_long_ || pending_.size() + bytes.size() > kMaxLineBytes;
    if (!too_long_) pending_ += bytes;
  }

  std::string pending_;
  bool too_long_ = false;
};

/// Reads what is there; false at the end of the stream.
template <typename Sink>
bool drain(int descriptor, Sink&& sink) {
  std::array<char, 4096> block{};
  const ssize_t count = ::read(descriptor, block.data(), block.size());
  if (count > 0) sink(std::string_view(block.data(), static_cast<size_t>(count)));
  return count > 0 || (count < 0 && errno == EINTR);
}

/// A running child: kills and reaps it if something goes wrong on our side.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ > 0) {
      kill();
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() const { ::kill(pid_, SIGKILL); }
  ChildExit wait() {
    int status = 0;
    rusage usage{};
    while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    ChildExit exit;
    if (WIFEXITED(status)) exit.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
    exit.peak_bytes = static_cast<double>(usage.ru_maxrss) * 1024;
    return exit;
  }

 private:
  pid_t pid_;
};

}  // namespace

ChildExit run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments, double timeout_s,
                    const std::function<bool()>& is_cancelled, const std::function<void(const std::string&)>& on_line) {
  Pipe out, err;
  Child child(spawn(program, arguments, out.write.get(), err.write.get()));
  out.write.reset();
  err.write.reset();

  LineReader lines(on_line);
  std::string last_words;
  bool timed_out = false, cancelled = false;
  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout_s));
  std::array<pollfd, 2> watched{{{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    ::poll(watched.data(), watched.size(), kPollInterval_ms);
    if (watched[0].revents && !drain(watched[0].fd, [&](std::string_view bytes) { lines.add(bytes); }))
      watched[0].fd = -1;
    if (watched[1].revents && !drain(watched[1].fd, [&](std::string_view bytes) { last_words += bytes; }))
      watched[1].fd = -1;
    if (last_words.size() > 2 * kLastWordsBytes) last_words.erase(0, last_words.size() - kLastWordsBytes);
    timed_out = timed_out || Clock::now() > deadline;
    cancelled = cancelled || (is_cancelled && is_cancelled());
    if (timed_out || cancelled) {
      child.kill();
      break;
    }
  }
  ChildExit exit = child.wait();
  exit.timed_out = timed_out;
  exit.cancelled = cancelled;
  exit.last_words = std::move(last_words);
  return exit;
}

}  // namespace veleta
