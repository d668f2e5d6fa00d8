#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.hpp"

namespace veleta {

/// What became of the rows given to an inference log, since it began; and how many wait.
struct InferenceLogFigures {
  uint64_t written_rows = 0;
  uint64_t dropped_rows = 0;  ///< the queue was full
  uint64_t failed_rows = 0;   ///< the store did not take them
  size_t queued_rows = 0;
  size_t queued_bytes = 0;
};

/// Brings served predictions into the store without making a reply wait: a queue bounded in rows and bytes, and one
/// thread that writes it batch by batch. A full queue drops what comes, and counts it. Thread-safe.
class InferenceLog {
 public:
  using Write = std::function<void(const std::vector<InferenceRecord>&)>;

  static constexpr size_t kBatchRows = 1000;
  static constexpr size_t kCapacityRows = 200000;
  static constexpr size_t kCapacityBytes = size_t{64} << 20;

  explicit InferenceLog(Write write, size_t capacity_rows = kCapacityRows, size_t capacity_bytes = kCapacityBytes);
  /// Drains the queue.
  ~InferenceLog();

  /// Takes the records that there is room for, the first ones.
  void append(std::vector<InferenceRecord> records);
  /// Writes all that was appended before, and ends the thread. What is appended later is dropped.
  void stop();
  InferenceLogFigures figures() const;

 private:
  void work();
  bool has_room(size_t bytes) const;
  void write(std::vector<InferenceRecord> records);
  bool write_batch(const std::vector<InferenceRecord>& batch);

  const Write write_;
  const size_t capacity_rows_;
  const size_t capacity_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::vector<InferenceRecord> queue_;
  InferenceLogFigures figures_;
  bool stopping_ = false;
  bool failing_ = false;  ///< the worker's own: the last batch was lost, and the log has said so
  std::thread thread_;
};

}  // namespace veleta
