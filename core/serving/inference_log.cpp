#include "inference_log.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/log.hpp"

namespace veleta {

namespace {

/// How long a record waits for others to share its transaction.
constexpr std::chrono::milliseconds kGatherTime{50};
/// A store that is busy for a moment is asked again.
constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kRetryPause{100};

size_t bytes_of(const InferenceRecord& record) {
  return sizeof record + record.request_id.size() + record.pipeline.size() + record.model_version.size() +
         record.input.size() + record.error.size();
}

size_t bytes_of(const std::vector<InferenceRecord>& records) {
  size_t bytes = 0;
  for (const auto& record : records) bytes += bytes_of(record);
  return bytes;
}

}  // namespace

InferenceLog::InferenceLog(Write write, size_t capacity_rows, size_t capacity_bytes)
    : write_(std::move(write)),
      capacity_rows_(capacity_rows),
      capacity_bytes_(capacity_bytes),
      thread_([this] { work(); }) {}

InferenceLog::~InferenceLog() { stop(); }

void InferenceLog::append(std::vector<InferenceRecord> records) {
  const std::lock_guard lock(mutex_);
  size_t taken = 0;
  for (; taken < records.size(); ++taken) {
    const size_t bytes = bytes_of(records[taken]);
    if (!has_room(bytes)) break;
    queue_.push_back(std::move(records[taken]));
    figures_.queued_bytes += bytes;
    ++figures_.queued_rows;
  }
  figures_.dropped_rows += records.size() - taken;
  // A smaller queue is found by the worker's own clock: no reply pays for waking it.
  if (queue_.size() >= kBatchRows) wake_.notify_one();
}

bool InferenceLog::has_room(size_t bytes) const {
  return !stopping_ && figures_.queued_rows < capacity_rows_ && figures_.queued_bytes + bytes <= capacity_bytes_;
}

void InferenceLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

InferenceLogFigures InferenceLog::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void InferenceLog::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !queue_.empty()) {
    wake_.wait_for(lock, kGatherTime, [this] { return stopping_ || queue_.size() >= kBatchRows; });
    std::vector<InferenceRecord> waiting = std::exchange(queue_, {});
    lock.unlock();
    write(std::move(waiting));
    lock.lock();
  }
}

void InferenceLog::write(std::vector<InferenceRecord> records) {
  for (size_t begin = 0; begin < records.size(); begin += kBatchRows) {
    const size_t end = std::min(begin + kBatchRows, records.size());
    const auto at = [&](size_t index) {
      return std::make_move_iterator(records.begin() + static_cast<std::ptrdiff_t>(index));
    };
    const std::vector<InferenceRecord> batch(at(begin), at(end));
    const bool written = write_batch(batch);
    const std::lock_guard lock(mutex_);
    figures_.queued_rows -= batch.size();
    figures_.queued_bytes -= bytes_of(batch);
    (written ? figures_.written_rows : figures_.failed_rows) += batch.size();
  }
}

bool InferenceLog::write_batch(const std::vector<InferenceRecord>& batch) {
  std::string reason;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (attempt > 1) std::this_thread::sleep_for(kRetryPause);
    try {
      write_(batch);
      failing_ = false;
      return true;
    } catch (const std::exception& error) {
      reason = error.what();
    }
  }
  if (!failing_) log(LogLevel::kError, "the inference log cannot be written; rows are lost until it can: " + reason);
  failing_ = true;
  return false;
}

}  // namespace veleta
