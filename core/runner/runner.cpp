#include "runner/runner.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "known_pipelines.hpp"
#include "pipeline/pipeline.hpp"
#include "request_work.hpp"
#include "running_request.hpp"
#include "scheduler.hpp"

namespace veleta {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAnnounceInterval{10};
constexpr std::chrono::seconds kRenewInterval{1};
constexpr std::chrono::hours kForgetInterval{1};
/// In a transaction, which keeps other writers waiting.
constexpr int kForgottenAtOnce = 500;
/// Before a store that is away, or fails, is tried again.
constexpr std::chrono::seconds kStorePause{1};
/// Before a pipeline that another process runs is tried again.
constexpr int64_t kBusyPause_ms = 2000;

/// Unique for ever, and people see where it is.
std::string new_name() {
  char host[256] = "unknown";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("{}:{}:{}", host, ::getpid(), new_id());
}

}  // namespace

struct Runner::Impl {
  const RunnerOptions options;
  RunQueue& queue;
  Store& store;
  PluginHost& plugins;
  const std::string name = new_name();
  KnownPipelines pipelines;  ///< of the keeper's thread, once it runs
  std::map<std::string, std::filesystem::path> files;
  Scheduler scheduler;

  std::mutex mutex;  ///< guards what follows
  std::condition_variable changed;
  bool stopping = false;
  uint64_t wakes = 0;
  std::vector<std::shared_ptr<RunningRequest>> running;

  std::mutex looking;  ///< one thread at a time looks for requests

  Impl(RunnerOptions given, Store& a_store, PluginHost& a_plugins)
      : options(std::move(given)),
        queue(a_store.queue()),
        store(a_store),
        plugins(a_plugins),
        pipelines(options.files, a_plugins),
        scheduler(queue) {
    for (const auto& [pipeline, known] : pipelines.all()) files[pipeline] = known.file;
    queue.announce(name, pipelines.cards());
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }

  /// Until `time`, or earlier when it stops.
  void pause(Clock::duration time) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, time, [&] { return stopping; });
  }

  /// Until there may be a request that was not there when `seen` wakes had been counted, or for one look's interval.
  void wait_for_requests(uint64_t seen) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, options.look_interval, [&] { return stopping || wakes != seen; });
  }

  uint64_t wakes_so_far() {
    const std::lock_guard lock(mutex);
    return wakes;
  }

  void tell_change() const {
    if (options.on_change) options.on_change();
  }

  // Threads that work.

  void work() {
    while (!is_stopping())
      if (auto request = take()) carry_out_held(std::move(*request));
  }

  /// The next request; nothing after a while, so that the caller sees whether to stop.
  std::optional<RunRequest> take() {
    const std::lock_guard lock(looking);
    if (is_stopping()) return std::nullopt;
    try {
      const uint64_t seen = wakes_so_far();
      if (auto request = queue.claim(name, options.lease.count())) {
        tell_change();
        return request;
      }
      wait_for_requests(seen);
    } catch (const std::exception& error) {
      log(LogLevel::kWarning, fmt::format("the runner cannot look for requests: {}", error.what()));
      pause(kStorePause);
    }
    return std::nullopt;
  }

  void carry_out_held(RunRequest request) {
    const auto held = std::make_shared<RunningRequest>(std::move(request), queue, [this] { tell_change(); });
    {
      const std::lock_guard lock(mutex);
      running.push_back(held);
    }
    end(*held, work_on(*held));
    const std::lock_guard lock(mutex);
    std::erase(running, held);
  }

  /// How it ended; nothing: it is to be put back, or another's.
  std::optional<RequestEnd> work_on(RunningRequest& held) {
    const RunRequest& request = held.request();
    const LogTee tee([&](LogLevel level, const std::string& message) { held.note(level, message); });
    log(LogLevel::kInfo, fmt::format("{} {} of pipeline '{}', attempt {}", to_string(request.kind), request.id,
                                     request.pipeline, request.attempt));
    const WorkPlace place{files.at(request.pipeline),
                          options.program,
                          options.work_folder,
                          store,
                          plugins,
                          [&](const Progress& progress) { held.show(progress); },
                          [&] { return held.is_cancelled() || held.is_lost() || is_stopping(); }};
    try {
      RequestEnd end = carry_out(request, place);
      const bool failed = end.state == RequestState::kFailed;
      log(failed ? LogLevel::kError : LogLevel::kInfo, fmt::format("{}: {}", end.outcome, end.sentence));
      return end;
    } catch (const PipelineBusy& busy) {
      log(LogLevel::kInfo, fmt::format("waits: {}", busy.what()));
    } catch (const std::exception& error) {
      log(LogLevel::kInfo, fmt::format("stopped: {}", error.what()));
      if (held.is_cancelled())
        return RequestEnd{RequestState::kCancelled, "cancelled", "cancelled while it ran", "cancelled", "", {}};
    }
    return std::nullopt;
  }

  /// What was done is kept in the store's runs already; that the request has ended is told until the store hears it.
  void end(RunningRequest& held, const std::optional<RequestEnd>& end) {
    held.flush();
    while (!held.is_lost()) {
      try {
        const bool was_held =
            end ? queue.finish(held.claim(), *end) : queue.put_back(held.claim(), is_stopping() ? 0 : kBusyPause_ms);
        if (!was_held) log(LogLevel::kWarning, fmt::format("another runner has {} now", held.request().id));
        return tell_change();
      } catch (const std::exception& error) {
        log(LogLevel::kWarning, fmt::format("the end of {} is not told yet: {}", held.request().id, error.what()));
        if (is_stopping()) return;  // its lease will end
        pause(kStorePause);
      }
    }
  }

  // The thread that keeps.

  /// Tells that the runner lives, renews its leases, hears of cancellations, submits what its schedules say, and
  /// forgets what is old.
  void keep() {
    auto announced = Clock::now(), renewed = announced, forgetting = announced;
    bool failing = false;
    while (!is_stopping()) {
      pause(options.look_interval);
      try {
        const auto now = Clock::now();
        if (now - renewed >= std::min<Clock::duration>(kRenewInterval, options.lease / 4)) {
          renew();
          renewed = now;
        }
        if (now - announced >= kAnnounceInterval) {
          pipelines.refresh();
          queue.announce(name, pipelines.cards());
          announced = now;
        }
        if (scheduler.tick(pipelines.all(), now_ms())) {
          wake();
          tell_change();
        }
        if (options.keep.count() > 0 && now >= forgetting) forgetting = now + forget();
        failing = false;
      } catch (const std::exception& error) {
        if (!std::exchange(failing, true))
          log(LogLevel::kWarning, fmt::format("the runner cannot tell that it lives: {}", error.what()));
      }
    }
  }

  /// Returns when to go on.
  Clock::duration forget() {
    const int64_t keep_ms = std::chrono::milliseconds(options.keep).count();
    if (queue.forget_before(now_ms() - keep_ms, kForgottenAtOnce)) return options.look_interval;
    return kForgetInterval;
  }

  void renew() {
    std::vector<std::shared_ptr<RunningRequest>> held;
    {
      const std::lock_guard lock(mutex);
      held = running;
    }
    std::vector<Claim> claims;
    for (const auto& one : held) claims.push_back(one->claim());
    const auto kept = queue.renew(claims, options.lease.count());
    for (const auto& one : held) {
      const auto now = std::find_if(kept.begin(), kept.end(),
                                    [&](const RunRequest& request) { return request.number == one->request().number; });
      if (now != kept.end() && now->cancelling) one->cancel();
      if (now == kept.end() && !has_ended(*one)) one->lose();
    }
  }

  /// A request may end between the look at what runs and the store's answer.
  bool has_ended(const RunningRequest& request) {
    const std::lock_guard lock(mutex);
    return std::none_of(running.begin(), running.end(), [&](const auto& one) { return one.get() == &request; });
  }

  void wake() {
    {
      const std::lock_guard lock(mutex);
      ++wakes;
    }
    changed.notify_all();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
  }
};

Runner::Runner(RunnerOptions options, Store& store, PluginHost& plugins)
    : impl_(std::make_unique<Impl>(std::move(options), store, plugins)) {}

Runner::~Runner() = default;

void Runner::run() {
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, impl_->options.threads); ++i) threads.emplace_back([this] { impl_->work(); });
    impl_->keep();
  }
  try {
    impl_->queue.withdraw(impl_->name);
  } catch (const Error& error) {
    log(LogLevel::kWarning, fmt::format("the runner could not say that it ends: {}", error.what()));
  }
}

void Runner::stop() { impl_->stop(); }
void Runner::wake() { impl_->wake(); }
const std::string& Runner::name() const { return impl_->name; }

}  // namespace veleta
