#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/ids.hpp"
#include "inference_spool.hpp"
#include "served_rows.hpp"
#include "store/store.hpp"

namespace veleta {

/// What became of the rows given to an inference log, since it began; and how many wait.
struct InferenceLogFigures {
  uint64_t written_rows = 0;
  uint64_t dropped_rows = 0;  ///< queue or spool were full
  uint64_t failed_rows = 0;   ///< the store refused them, or was away and there is no spool
  size_t queued_rows = 0;
  size_t queued_bytes = 0;
  uint64_t spooled_rows = 0;  ///< on the disk until the store is back, those of processes before this one too
  uint64_t spooled_bytes = 0;
  uint64_t unwatched_rows = 0;  ///< streams did not get them: too many waited
};

/// Brings served predictions into the store without making a reply wait: a queue bounded in rows and bytes, and one
/// thread that writes it batch by batch. What a store that is away does not take goes to a spool on the disk, and from
/// there to the store, in order and once, when it is back. A full queue or spool drops what comes, and counts it.
/// Thread-safe.
class InferenceLog {
 public:
  /// Writes a chunk; writing the same one again changes nothing. kUnavailable, kTimeout, kRefused and kNotFound say
  /// that the store is away, other errors that it refuses these rows.
  using Write = std::function<void(const std::vector<InferenceRecord>&, const InferenceChunk&)>;

  /// Gets the rows to be watched, in the order of append, before they are written. Called by one thread; returns soon.
  using Watch = std::function<void(std::vector<ServedBlock>)>;

  static constexpr size_t kBatchRows = 1000;
  static constexpr size_t kCapacityRows = 200000;
  static constexpr size_t kCapacityBytes = size_t{64} << 20;

  /// `spool_folder`: empty: there is no spool.
  explicit InferenceLog(Write write, const std::filesystem::path& spool_folder = {},
                        size_t capacity_rows = kCapacityRows, size_t capacity_bytes = kCapacityBytes,
                        Watch watch = nullptr);
  /// Drains the queue, into the spool where the store is away.
  ~InferenceLog();

  /// Takes the records that there is room for, the first ones; and what of their rows is to be watched, if it has room.
  void append(std::vector<InferenceRecord> records, const ServedRows& rows = {});
  /// Writes all that was appended before, or spools it, and ends the thread. What is appended later is dropped.
  void stop();
  InferenceLogFigures figures() const;

 private:
  enum class Result { kWritten, kAway, kRefused };

  void work();
  void queue_for_watch(const ServedRows& rows);
  bool has_room(size_t bytes) const;
  void write(std::vector<InferenceRecord> records);
  void write_batch(const std::vector<InferenceRecord>& batch);
  void spool(const InferenceChunk& key, const std::vector<InferenceRecord>& batch);
  void drain_spool();
  void take_over_spool();
  Result try_to_write(const std::vector<InferenceRecord>& batch, const InferenceChunk& key);
  void count(uint64_t InferenceLogFigures::*rows, size_t row_count);
  void set_spool_figures();

  const Write write_;
  const size_t capacity_rows_;
  const size_t capacity_bytes_;
  const Watch watch_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::vector<InferenceRecord> queue_;
  std::vector<ServedBlock> to_watch_;
  size_t to_watch_bytes_ = 0;
  InferenceLogFigures figures_;
  bool stopping_ = false;
  // The worker's own.
  const std::string writer_ = new_id();
  std::unique_ptr<InferenceSpool> spool_;
  int64_t chunk_count_ = 0;
  bool is_away_ = false;  ///< and the log has said so
  std::chrono::steady_clock::time_point next_try_{}, next_take_over_{};
  std::thread thread_;
};

}  // namespace veleta
