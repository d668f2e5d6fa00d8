#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

// Work that a client asked for, and the rules by which it goes from asked for to ended. The rules are pure: a runner, a
// server and the clock are arguments. A store applies each in one transaction.
namespace veleta {

enum class RequestKind {
  kRun,       ///< take the pipeline's next batch, or one of RAW, and bring it to a decision
  kDrift,     ///< judge rows; changes nothing
  kPromote,   ///< point the production alias at a version, by hand
  kRollback,  ///< point it at the version that was production before
};
const char* to_string(RequestKind kind);
/// Throws kBadData for a text that is no kind's.
RequestKind parse_request_kind(std::string_view text);

enum class RequestState { kQueued, kRunning, kSucceeded, kSkipped, kFailed, kCancelled };
const char* to_string(RequestState state);
/// Throws kBadData for a text that is no state's.
RequestState parse_request_state(std::string_view text);
inline bool is_ended(RequestState state) { return state != RequestState::kQueued && state != RequestState::kRunning; }

/// How far a running request is.
struct RequestProgress {
  std::string step;
  double fraction = -1;  ///< 0 to 1; negative: the end is unknown
  std::string message;
};

/// How a request ended.
struct RequestEnd {
  RequestState state = RequestState::kFailed;
  std::string outcome;      ///< of a run, as RunRecord::outcome; else "done", "failed", "cancelled"
  std::string sentence;     ///< for people
  std::string error_code;   ///< of a failure, for programs: "source-unavailable"; empty: none
  std::string failed_step;  ///< of a run's failure; empty: none, or before the first
  json::object result;      ///< of a few kB at most
};

/// A request, identified by its pipeline and its id there. Times are milliseconds since 1970-01-01 UTC, 0: not yet.
struct RunRequest {
  int64_t number = 0;  ///< counts all requests of a store, in the order asked for
  std::string pipeline;
  std::string id;  ///< the client's
  RequestKind kind = RequestKind::kRun;
  /// Of the pipeline's run that it leads to: as `id`, unless a run of another pipeline has that. Empty: of another
  /// kind.
  std::string run_id;
  std::string digest;  ///< of the body, without the number of the try: tells a repeat from another request
  int priority = 0;    ///< higher is taken first
  RequestState state = RequestState::kQueued;
  int attempt = 1;    ///< the highest number of a try that the client told, or that retry made
  int64_t claim = 0;  ///< how often a runner took it: what a runner that lost it cannot know
  int deaths = 0;     ///< runners lost on it, since it was queued
  bool cancelling = false;
  std::string runner;          ///< that has it, or had it last
  int64_t lease_until_ms = 0;  ///< a runner that has not renewed by then is taken for dead
  int64_t not_before_ms = 0;   ///< not taken until then
  int64_t asked_ms = 0, queued_ms = 0, started_ms = 0, finished_ms = 0;
  RequestProgress progress;
  RequestEnd end;  ///< of an ended one
};

/// Promotions and runs exclude each other within a pipeline.
inline bool is_exclusive(RequestKind kind) { return kind != RequestKind::kDrift; }

/// A request on which so many runners in a row died fails: the next would, too.
inline constexpr int kMaxDeaths = 3;

/// The client asks again under the same id, in its try number `attempt`: a failed or cancelled request is queued again
/// if that is a later try than any it told before. True: it was. What its earlier runs finished stays done.
bool ask_again(RunRequest& request, int attempt, int64_t now_ms);
/// Queues a failed or cancelled request again. False: it is neither.
bool retry(RunRequest& request, int64_t now_ms);

/// Whether a runner may take it: it waits, or its runner has not renewed its lease.
bool is_claimable(const RunRequest& request, int64_t now_ms);
/// A runner takes a claimable request. False: it ended instead, being cancelled, or having cost too many runners.
bool claim(RunRequest& request, const std::string& runner, int64_t now_ms, int64_t lease_ms);
/// Whether the runner that took it as `claim` still has it: nobody has taken it since.
bool is_held(const RunRequest& request, const std::string& runner, int64_t claim);

// What a runner does with a request that it holds.
void renew(RunRequest& request, int64_t now_ms, int64_t lease_ms);
void finish(RunRequest& request, RequestEnd end, int64_t now_ms);
/// It cannot be run now, through no fault of its own; it waits again, in its old place. One that is being cancelled
/// ends.
void put_back(RunRequest& request, int64_t now_ms, int64_t not_before_ms);

/// A waiting request, or one whose runner is dead, ends at once; a running one when its runner has stopped. False: it
/// had ended.
bool cancel(RunRequest& request, int64_t now_ms);

}  // namespace veleta
