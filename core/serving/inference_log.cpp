#include "inference_log.hpp"

#include <fmt/format.h>
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
/// Between two tries of a store that is away.
constexpr std::chrono::milliseconds kAwayPause{500};
/// Between two looks for what other processes left.
constexpr std::chrono::seconds kTakeOverPause{10};

bool is_about_absence(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout || code == ErrorCode::kRefused ||
         code == ErrorCode::kNotFound;
}

size_t bytes_of(const InferenceRecord& record) {
  return sizeof record + record.request_id.size() + record.pipeline.size() + record.model_version.size() +
         record.input.size() + record.error.size();
}

size_t most_bytes(const ServedRows& rows) {
  return rows.predictions.size() * (1 + (rows.inputs ? rows.inputs->columns.size() : 0)) * sizeof(double);
}

size_t bytes_of(const std::vector<InferenceRecord>& records) {
  size_t bytes = 0;
  for (const auto& record : records) bytes += bytes_of(record);
  return bytes;
}

}  // namespace

InferenceLog::InferenceLog(Write write, const std::filesystem::path& spool_folder, size_t capacity_rows,
                           size_t capacity_bytes, Watch watch)
    : write_(std::move(write)),
      capacity_rows_(capacity_rows),
      capacity_bytes_(capacity_bytes),
      watch_(std::move(watch)) {
  if (!spool_folder.empty()) spool_ = std::make_unique<InferenceSpool>(spool_folder, writer_);
  set_spool_figures();
  thread_ = std::thread([this] { work(); });
}

InferenceLog::~InferenceLog() { stop(); }

void InferenceLog::append(std::vector<InferenceRecord> records, const ServedRows& rows) {
  const std::lock_guard lock(mutex_);
  if (watch_ && !rows.predictions.empty()) queue_for_watch(rows);
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

void InferenceLog::queue_for_watch(const ServedRows& rows) {
  const size_t bytes = most_bytes(rows);
  if (stopping_ || to_watch_bytes_ + bytes > capacity_bytes_) {
    figures_.unwatched_rows += rows.predictions.size();
    return;
  }
  to_watch_bytes_ += bytes;
  append_to(to_watch_, rows);
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
  if (!thread_.joinable()) return;
  thread_.join();
  spool_.reset();  // for the next process
}

InferenceLogFigures InferenceLog::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void InferenceLog::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !queue_.empty() || !to_watch_.empty()) {
    wake_.wait_for(lock, kGatherTime, [this] { return stopping_ || queue_.size() >= kBatchRows; });
    std::vector<InferenceRecord> waiting = std::exchange(queue_, {});
    std::vector<ServedBlock> rows = std::exchange(to_watch_, {});
    to_watch_bytes_ = 0;
    lock.unlock();
    if (!rows.empty()) watch_(std::move(rows));
    write(std::move(waiting));
    drain_spool();
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
    write_batch(batch);
    const std::lock_guard lock(mutex_);
    figures_.queued_rows -= batch.size();
    figures_.queued_bytes -= bytes_of(batch);
  }
}

void InferenceLog::write_batch(const std::vector<InferenceRecord>& batch) {
  const InferenceChunk key{writer_, ++chunk_count_};
  // Behind what waits: rows come to the store in their order.
  if (spool_ && !spool_->empty()) return spool(key, batch);
  switch (try_to_write(batch, key)) {
    case Result::kWritten: return count(&InferenceLogFigures::written_rows, batch.size());
    case Result::kRefused: return count(&InferenceLogFigures::failed_rows, batch.size());
    case Result::kAway: return spool_ ? spool(key, batch) : count(&InferenceLogFigures::failed_rows, batch.size());
  }
}

void InferenceLog::spool(const InferenceChunk& key, const std::vector<InferenceRecord>& batch) {
  try {
    if (!spool_->append(key, batch)) count(&InferenceLogFigures::dropped_rows, batch.size());
  } catch (const Error& error) {
    log(LogLevel::kError, fmt::format("{} rows of the inference log are lost: {}", batch.size(), error.what()));
    count(&InferenceLogFigures::failed_rows, batch.size());
  }
  set_spool_figures();
}

void InferenceLog::drain_spool() {
  if (!spool_) return;
  take_over_spool();
  const auto is_due = [this] { return std::chrono::steady_clock::now() >= next_try_; };
  while (!spool_->empty() && is_due()) {
    const auto chunk = spool_->front();
    if (chunk) {
      const Result result = try_to_write(chunk->records, chunk->key);
      if (result == Result::kAway) return;
      count(result == Result::kWritten ? &InferenceLogFigures::written_rows : &InferenceLogFigures::failed_rows,
            chunk->records.size());
      spool_->pop();
    }
    set_spool_figures();
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kBatchRows) return;
  }
}

void InferenceLog::take_over_spool() {
  const auto now = std::chrono::steady_clock::now();
  if (!spool_->empty() || now < next_take_over_) return;
  next_take_over_ = now + kTakeOverPause;
  try {
    spool_->take_over();
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, fmt::format("rows that another process left are not looked for: {}", error.what()));
  }
  set_spool_figures();
}

InferenceLog::Result InferenceLog::try_to_write(const std::vector<InferenceRecord>& batch, const InferenceChunk& key) {
  std::string reason;
  bool is_away = false;
  // A store that was away is asked once at a time.
  for (int attempt = is_away_ ? kAttempts : 1; attempt <= kAttempts; ++attempt) {
    try {
      write_(batch, key);
      if (std::exchange(is_away_, false)) log(LogLevel::kInfo, "the inference log is written again");
      return Result::kWritten;
    } catch (const Error& error) {
      reason = error.what();
      is_away = is_about_absence(error.code());
    } catch (const std::exception& error) {
      reason = error.what();
    }
    if (attempt < kAttempts) std::this_thread::sleep_for(kRetryPause);
  }
  if (!is_away) {
    log(LogLevel::kError, fmt::format("{} rows of the inference log are lost: {}", batch.size(), reason));
    return Result::kRefused;
  }
  next_try_ = std::chrono::steady_clock::now() + kAwayPause;
  if (!std::exchange(is_away_, true))
    log(LogLevel::kError, fmt::format("the inference log cannot be written; its rows {} until it can: {}",
                                      spool_ ? "are kept on the disk" : "are lost", reason));
  return Result::kAway;
}

void InferenceLog::count(uint64_t InferenceLogFigures::*rows, size_t row_count) {
  const std::lock_guard lock(mutex_);
  figures_.*rows += row_count;
}

void InferenceLog::set_spool_figures() {
  if (!spool_) return;
  const std::lock_guard lock(mutex_);
  figures_.spooled_rows = spool_->rows();
  figures_.spooled_bytes = spool_->bytes();
}

}  // namespace veleta
