#include "change_watch.hpp"

#include <fmt/format.h>

#include "base/log.hpp"

namespace veleta {

namespace {

/// More at a time wake everybody.
constexpr int kMaxEvents = 500;
constexpr const char* kAnyEvent = "";

/// Pipelines' names have no line breaks.
std::string key_of(const std::string& pipeline, const std::string& request) { return pipeline + '\n' + request; }

}  // namespace

ChangeWatch::ChangeWatch(std::function<RunQueue&()> queue, std::chrono::milliseconds interval)
    : queue_(std::move(queue)), interval_(interval), thread_([this] { run(); }) {}

ChangeWatch::~ChangeWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

HttpHold ChangeWatch::hold(const Topic& topic, uint64_t position, std::chrono::steady_clock::time_point until) {
  std::string key = kAnyEvent;
  if (!topic.pipeline.empty()) key = topic.request.empty() ? topic.pipeline : key_of(topic.pipeline, topic.request);
  return {until, [this, key = std::move(key), position](Wake wake) { return add(key, position, std::move(wake)); }};
}

void ChangeWatch::look_now() {
  {
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) return;
    hurry_ = true;
  }
  changed_.notify_all();
}

std::shared_ptr<void> ChangeWatch::add(const std::string& key, uint64_t position, Wake wake) {
  const std::lock_guard lock(mutex_);
  if (position != position_) {
    wake();
    return nullptr;
  }
  const auto waiter = waiters_.emplace(key, std::move(wake));
  if (waiters_.size() == 1) changed_.notify_all();
  return {nullptr, [this, waiter](std::nullptr_t) {
            const std::lock_guard guard(mutex_);
            waiters_.erase(waiter);
          }};
}

void ChangeWatch::run() {
  std::unique_lock lock(mutex_);
  for (bool has_slept = true; !stopping_; has_slept = waiters_.empty()) {
    changed_.wait(lock, [&] { return stopping_ || !waiters_.empty(); });
    if (stopping_) return;
    hurry_ = false;
    lock.unlock();
    const News news = look(has_slept);
    lock.lock();
    wake(news);
    changed_.wait_for(lock, interval_, [&] { return stopping_ || hurry_; });
  }
}

/// What happened while nobody waited concerns whoever came first: it may have been after they looked.
ChangeWatch::News ChangeWatch::look(bool is_first) {
  try {
    News news;
    if (!is_first)
      news.events = queue_().events({.after = last_event_, .pipeline = "", .kinds = {}, .limit = kMaxEvents});
    news.is_incomplete = is_first || news.events.size() == kMaxEvents;
    if (news.is_incomplete)
      last_event_ = queue_().last_event();
    else if (!news.events.empty())
      last_event_ = news.events.back().number;
    is_away_ = false;
    return news;
  } catch (const std::exception& error) {
    if (!std::exchange(is_away_, true))
      log(LogLevel::kWarning, fmt::format("cannot look for events: {}", error.what()));
    return {{}, is_first};
  }
}

void ChangeWatch::wake(const News& news) {
  if (news.events.empty() && !news.is_incomplete) return;
  ++position_;
  if (news.is_incomplete) {
    for (const auto& [key, wake_up] : waiters_) wake_up();
    return;
  }
  wake(kAnyEvent);
  for (const Event& event : news.events) {
    wake(event.pipeline);
    wake(key_of(event.pipeline, event.run_id));
  }
}

void ChangeWatch::wake(const std::string& key) {
  const auto [first, last] = waiters_.equal_range(key);
  for (auto waiter = first; waiter != last; ++waiter) waiter->second();
}

}  // namespace veleta
