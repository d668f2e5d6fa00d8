#include "running_request.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

/// A run that says more is not listened to.
constexpr size_t kMostLines = 5000;
constexpr size_t kLongestLine_bytes = 2000;
constexpr std::chrono::milliseconds kTellInterval{500};

const char* word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "info";
}

}  // namespace

RunningRequest::RunningRequest(RunRequest request, RunQueue& queue, std::function<void()> on_change)
    : request_(std::move(request)), queue_(queue), on_change_(std::move(on_change)) {}

void RunningRequest::show(const Progress& progress) {
  const bool new_step = progress.step != progress_.step;
  progress_ = {progress.step, progress.fraction, progress.message};
  progress_told_ = false;
  if (new_step) note(LogLevel::kInfo, progress.step + " begins");
  if (progress.finished) note(LogLevel::kInfo, fmt::format("{} is done in {}", progress.step, progress.message));
  if (new_step || is_time_to_tell()) flush();
}

void RunningRequest::note(LogLevel level, const std::string& message) {
  if (line_count_ > kMostLines) return;
  const bool is_last = line_count_++ == kMostLines;
  lines_.push_back({0, now_ms(), word(level),
                    is_last ? fmt::format("{} lines are kept; what follows is in the runner's own log", kMostLines)
                            : clipped(message, kLongestLine_bytes)});
}

bool RunningRequest::is_time_to_tell() { return std::chrono::steady_clock::now() - last_told_ >= kTellInterval; }

void RunningRequest::flush() noexcept {
  last_told_ = std::chrono::steady_clock::now();
  try {
    queue_.append_log(request_.pipeline, request_.id, lines_);
    lines_.clear();
    if (progress_told_) return;
    queue_.report(claim(), progress_);
    progress_told_ = true;
    on_change_();
  } catch (...) {
  }
}

}  // namespace veleta
