#include "store/request.hpp"

#include <fmt/format.h>
#include <array>

namespace veleta {

namespace {

constexpr std::array kKinds{RequestKind::kRun, RequestKind::kDrift, RequestKind::kPromote, RequestKind::kRollback};
constexpr std::array kStates{RequestState::kQueued,  RequestState::kRunning, RequestState::kSucceeded,
                             RequestState::kSkipped, RequestState::kFailed,  RequestState::kCancelled};

void queue(RunRequest& request, int64_t now_ms) {
  request.state = RequestState::kQueued;
  request.deaths = 0;
  request.cancelling = false;
  request.not_before_ms = 0;
  request.queued_ms = now_ms;
  request.started_ms = request.finished_ms = 0;
  request.progress = {};
  request.end = {};
}

bool failed_or_cancelled(const RunRequest& request) {
  return request.state == RequestState::kFailed || request.state == RequestState::kCancelled;
}

bool is_abandoned(const RunRequest& request, int64_t now_ms) {
  return request.state == RequestState::kRunning && request.lease_until_ms < now_ms;
}

void end_cancelled(RunRequest& request, int64_t now_ms) {
  finish(request, {RequestState::kCancelled, "cancelled", "cancelled before it ended", "cancelled", "", {}}, now_ms);
}

}  // namespace

const char* to_string(RequestKind kind) {
  switch (kind) {
    case RequestKind::kRun: return "run";
    case RequestKind::kDrift: return "drift";
    case RequestKind::kPromote: return "promote";
    case RequestKind::kRollback: return "rollback";
  }
  return "?";
}

const char* to_string(RequestState state) {
  switch (state) {
    case RequestState::kQueued: return "queued";
    case RequestState::kRunning: return "running";
    case RequestState::kSucceeded: return "succeeded";
    case RequestState::kSkipped: return "skipped";
    case RequestState::kFailed: return "failed";
    case RequestState::kCancelled: return "cancelled";
  }
  return "?";
}

RequestKind parse_request_kind(std::string_view text) {
  for (const auto kind : kKinds)
    if (text == to_string(kind)) return kind;
  throw Error(ErrorCode::kBadData, fmt::format("a request is of the unknown kind '{}'", text));
}

RequestState parse_request_state(std::string_view text) {
  for (const auto state : kStates)
    if (text == to_string(state)) return state;
  throw Error(ErrorCode::kBadData, fmt::format("a request is in the unknown state '{}'", text));
}

bool ask_again(RunRequest& request, int attempt, int64_t now_ms) {
  if (attempt <= request.attempt) return false;
  request.attempt = attempt;  // also of one that runs: a repeat of this try must not start it again when it has failed
  if (!failed_or_cancelled(request)) return false;
  queue(request, now_ms);
  return true;
}

bool retry(RunRequest& request, int64_t now_ms) {
  if (!failed_or_cancelled(request)) return false;
  ++request.attempt;
  queue(request, now_ms);
  return true;
}

bool is_claimable(const RunRequest& request, int64_t now_ms) {
  if (request.state == RequestState::kQueued) return request.not_before_ms <= now_ms;
  return is_abandoned(request, now_ms);
}

bool claim(RunRequest& request, const std::string& runner, int64_t now_ms, int64_t lease_ms) {
  if (is_abandoned(request, now_ms)) {
    ++request.deaths;
    if (request.cancelling) {
      end_cancelled(request, now_ms);
      return false;
    }
    if (request.deaths >= kMaxDeaths) {
      const std::string step = request.progress.step;
      finish(request,
             {RequestState::kFailed,
              "failed",
              fmt::format("{} runners in a row died on it, the last in step '{}'", request.deaths, step),
              "runner-died",
              step,
              {}},
             now_ms);
      return false;
    }
  }
  request.state = RequestState::kRunning;
  request.runner = runner;
  ++request.claim;
  if (request.started_ms == 0) request.started_ms = now_ms;
  renew(request, now_ms, lease_ms);
  return true;
}

bool is_held(const RunRequest& request, const std::string& runner, int64_t claim) {
  return request.state == RequestState::kRunning && request.claim == claim && request.runner == runner;
}

void renew(RunRequest& request, int64_t now_ms, int64_t lease_ms) { request.lease_until_ms = now_ms + lease_ms; }

void finish(RunRequest& request, RequestEnd end, int64_t now_ms) {
  request.state = end.state;
  request.end = std::move(end);
  request.finished_ms = now_ms;
  request.cancelling = false;
}

void put_back(RunRequest& request, int64_t now_ms, int64_t not_before_ms) {
  if (request.cancelling) return end_cancelled(request, now_ms);
  request.state = RequestState::kQueued;
  request.not_before_ms = not_before_ms;
  request.progress = {};
}

bool cancel(RunRequest& request, int64_t now_ms) {
  if (is_ended(request.state)) return false;
  if (request.state == RequestState::kQueued || is_abandoned(request, now_ms))
    end_cancelled(request, now_ms);
  else
    request.cancelling = true;
  return true;
}

}  // namespace veleta
