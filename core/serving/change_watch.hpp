#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "http_message.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// Looks for new events in a store, while somebody waits for one, and wakes those whom they concern: one look for all
/// of them. Somebody may be woken without a reason. Thread-safe.
class ChangeWatch {
 public:
  /// What one waits for: any event, those of a pipeline, or those of a request of it.
  struct Topic {
    std::string pipeline{};
    std::string request{};
  };

  /// `queue` may throw, while the store is away; it is asked again then.
  explicit ChangeWatch(std::function<RunQueue&()> queue,
                       std::chrono::milliseconds interval = std::chrono::milliseconds(250));
  /// Nobody may wait any longer.
  ~ChangeWatch();
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;

  /// Take it before reading from the store what hold() is to wait for changes of: then none is missed.
  uint64_t position() const { return position_; }
  /// Until then, or until something of the topic has happened since the position.
  HttpHold hold(const Topic& topic, uint64_t position, std::chrono::steady_clock::time_point until);
  /// Something has happened in this process: looks at once. Returns at once.
  void look_now();

 private:
  using Wake = std::function<void()>;
  using Waiters = std::multimap<std::string, Wake>;
  /// What a look found, and the next one goes on from.
  struct News {
    std::vector<Event> events;
    bool is_incomplete = false;  ///< there may be more than these
  };

  std::shared_ptr<void> add(const std::string& key, uint64_t position, Wake wake);
  void run();
  News look(bool is_first);
  void wake(const News& news);  // with mutex_ held
  void wake(const std::string& key);

  const std::function<RunQueue&()> queue_;
  const std::chrono::milliseconds interval_;
  std::atomic<uint64_t> position_{0};  ///< counts the looks that found something
  std::mutex mutex_;
  std::condition_variable changed_;
  Waiters waiters_;         // guarded by mutex_
  bool hurry_ = false;      // guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  int64_t last_event_ = 0;  // of the thread
  bool is_away_ = false;    // of the thread: the log has said so
  std::thread thread_;
};

}  // namespace veleta
