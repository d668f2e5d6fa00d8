#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.hpp"
#include "late_store.hpp"
#include "model_holder.hpp"
#include "monitor/monitor.hpp"
#include "served_rows.hpp"

namespace veleta {

/// What the streams of a server have come to.
struct StreamFigures {
  std::vector<WatchStatus> watches;
  uint64_t unwatched_rows = 0;  ///< too many waited, or they were of a model that served no more
  bool is_watching = false;     ///< this server watches, and not another one of the store
};

/// Watches what a server serves, and the errors that labels tell, on one thread of its own: values are given to a
/// Monitor in the order in which they were answered, labels in the order in which they came. What the watches know is
/// kept in the store with the place in the labels and the alarms' events, in one transaction, at each alarm, every
/// save_interval and at the end. A server that is killed therefore takes labels up where it had kept them, and loses of
/// the values what came since.
///
/// Of the servers that share a store, the one that started last watches a pipeline; another one takes over when it has
/// not been heard of for a minute. Thread-safe.
class StreamWatcher {
 public:
  struct Timing {
    std::chrono::milliseconds tick{200};  ///< how long values are gathered
    std::chrono::milliseconds save_interval{5000};
    std::chrono::milliseconds label_interval{1000};  ///< labels that came to other servers are looked for
  };

  static constexpr size_t kCapacityBytes = size_t{64} << 20;

  /// `told` is called when events were written. No stream: it does nothing. Throws as Monitor does.
  StreamWatcher(std::string pipeline, const std::vector<StreamSpec>& streams, LateStore& store,
                const ModelHolder& models, PluginHost& plugins, std::function<void()> told, Timing timing);
  /// Without these timings.
  StreamWatcher(std::string pipeline, const std::vector<StreamSpec>& streams, LateStore& store,
                const ModelHolder& models, PluginHost& plugins, std::function<void()> told)
      : StreamWatcher(std::move(pipeline), streams, store, models, plugins, std::move(told), Timing()) {}
  ~StreamWatcher();
  StreamWatcher(const StreamWatcher&) = delete;
  StreamWatcher& operator=(const StreamWatcher&) = delete;

  bool watches(StreamSubject subject) const;
  void start();
  /// Rows in the order answered. A full queue drops what comes, and counts it.
  void take(std::vector<ServedBlock> blocks);
  /// Labels have come to this server.
  void look_at_labels();
  /// Watches all that was taken, keeps what the watches know, and ends the thread.
  void stop();
  StreamFigures figures() const;

 private:
  using Clock = std::chrono::steady_clock;

  enum class Hold { kOwn, kAnother, kNotYet };

  void run();
  void step(const std::vector<ServedBlock>& blocks, bool is_last);
  /// Whether this server watches; it tries to, where it does not.
  Hold hold();
  Hold claim(const std::shared_ptr<const ServedModel>& model);
  void follow(const std::shared_ptr<const ServedModel>& model, const std::vector<KeptWatch>& kept);
  void take_rows(const std::vector<ServedBlock>& blocks);
  void look();
  void read_labels();
  void take_labels(const std::vector<LabelledRow>& rows);
  void save(bool is_last);
  void lose();
  void release();
  void count_unwatched(size_t rows);
  void store_is_away(const std::exception& error);

  const std::string pipeline_;
  const std::vector<StreamSpec> streams_;
  LateStore& store_;
  const ModelHolder& models_;
  const std::function<void()> told_;
  const Timing timing_;
  const std::string id_ = new_id();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::vector<ServedBlock> queue_;
  size_t queue_bytes_ = 0;
  uint64_t unwatched_rows_ = 0;
  bool has_new_labels_ = false;
  bool stopping_ = false;

  mutable std::mutex monitor_mutex_;
  Monitor monitor_;           ///< guarded by monitor_mutex_
  bool is_watching_ = false;  ///< changed by the thread, under monitor_mutex_

  // The thread's own.
  std::shared_ptr<const ServedModel> model_;
  int64_t label_number_ = 0;
  std::vector<Event> events_;  ///< to be told with the next save
  bool is_whole_save_ = true;  ///< the next one: all watches, not those alone that have changed
  bool has_claimed_ = false;   ///< ever
  bool is_away_ = false;       ///< the store, and the log has said so
  Clock::time_point next_claim_{}, next_save_{}, next_labels_{}, next_sign_of_life_{};
  std::thread thread_;
};

}  // namespace veleta
