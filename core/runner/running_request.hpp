#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "pipeline/progress.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// A request that this runner holds: whether it is to go on, and what it tells while it does. The flags are
/// thread-safe; the rest belongs to the thread that carries it out.
class RunningRequest {
 public:
  /// `on_change` is called when the store has heard how far it is.
  RunningRequest(RunRequest request, RunQueue& queue, std::function<void()> on_change);

  const RunRequest& request() const { return request_; }
  Claim claim() const { return {request_.pipeline, request_.id, request_.runner, request_.claim}; }

  /// The client wants it stopped.
  void cancel() { cancelled_ = true; }
  bool is_cancelled() const { return cancelled_; }
  /// Another runner has it now.
  void lose() { lost_ = true; }
  bool is_lost() const { return lost_; }

  void show(const Progress& progress);
  void note(LogLevel level, const std::string& message);
  /// Tells what is left to tell. A store that is away does not stop a run: it is told later, or not.
  void flush() noexcept;

 private:
  bool is_time_to_tell();

  const RunRequest request_;
  RunQueue& queue_;
  const std::function<void()> on_change_;
  std::atomic<bool> cancelled_{false}, lost_{false};
  std::vector<LogLine> lines_;  ///< not told yet
  size_t line_count_ = 0;
  RequestProgress progress_;
  bool progress_told_ = true;
  std::chrono::steady_clock::time_point last_told_{};
};

}  // namespace veleta
