#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/request.hpp"

namespace veleta {

/// What a runner tells of a pipeline that it can run: all that a server knows of it.
struct PipelineCard {
  std::string name;
  std::string file;    ///< on the runner's machine
  std::string task;    ///< "regression" or "classification"
  std::string target;  ///< the column that is predicted
  bool refuses_when_busy = false;
  int64_t max_queued = 0;               ///< requests of it that may wait; more are refused
  std::vector<std::string> parameters;  ///< names that a request may set
  std::vector<std::string> grounds;     ///< for training: what `only_if` may name
  std::string schedule;                 ///< for people: "every 1h"; empty: none
  int64_t seen_ms = 0;                  ///< when a runner last told; 0: the last one said that it ends
  bool has_runner = false;              ///< one has told lately, and lives as far as is known
};

/// What a client asks for.
struct NewRequest {
  std::string pipeline;
  std::string id;
  RequestKind kind = RequestKind::kRun;
  std::string body;    ///< JSON, for the runner
  std::string digest;  ///< as RunRequest::digest
  int priority = 0;
  int attempt = 1;
  /// Exclusive requests of the pipeline that may wait or run before this one; more: it is refused. Absent: any number.
  std::optional<int64_t> max_before;
};

enum class Submitted {
  kCreated,
  kRepeated,    ///< it is there, with that body
  kTriedAgain,  ///< it is there, failed or cancelled, and queued again for a later try
  kDiffers,     ///< another body has that id; nothing changed
  kBusy,        ///< refused by max_before; nothing changed
};

struct Submission {
  Submitted how = Submitted::kCreated;
  RunRequest request;  ///< as it is now; with kBusy, the request that is in the way
};

/// A runner's hold on a request.
struct Claim {
  std::string pipeline;
  std::string id;
  std::string runner;
  int64_t number = 0;  ///< RunRequest::claim
};

struct RequestFilter {
  std::string pipeline;
  std::optional<RequestState> state;
  std::optional<RequestKind> kind;
  std::optional<int64_t> before;  ///< older than the request of this number
  int limit = 50;
};

/// A line of what a request's runner said.
struct LogLine {
  int64_t number = 0;  ///< in the order said, over all requests
  int64_t time_ms = 0;
  std::string level;  ///< "info", "warning", "error"
  std::string text;
};

/// Something that happened: "queued", "started", "step", "succeeded", "skipped", "failed", "cancelled" of a request;
/// "drift_alarm", "promoted", "rejected" of a run; "schedule_missed"; "stream_alarm" of what is served.
struct Event {
  int64_t number = 0;  ///< 1, 2, … with gaps, in the order in which events became visible: a cursor
  int64_t time_ms = 0;
  std::string kind;
  std::string pipeline;
  std::string run_id;  ///< of a request: its id; empty: none
  json::object data;
};

struct EventFilter {
  int64_t after = 0;
  std::string pipeline;            ///< empty: all
  std::vector<std::string> kinds;  ///< empty: all
  int limit = 100;
};

/// Requests, the runners that take them, and events. Each call is one transaction, durable when it returns.
/// Thread-safe; any number of servers and runners share a store. Throws as Store does.
class RunQueue {
 public:
  virtual ~RunQueue() = default;

  /// A runner tells that it lives and what it can run; pipelines that it told before and tells no more are forgotten.
  virtual void announce(const std::string& runner, const std::vector<PipelineCard>& pipelines) = 0;
  /// A runner ends: nobody waits for it.
  virtual void withdraw(const std::string& runner) = 0;
  /// By name; of each pipeline what was told last.
  virtual std::vector<PipelineCard> pipelines() = 0;

  /// Equal requests at the same time make one.
  virtual Submission submit(const NewRequest& request) = 0;
  virtual std::optional<RunRequest> find(const std::string& pipeline, const std::string& id) = 0;
  /// Throws kNotFound.
  virtual std::string body(const std::string& pipeline, const std::string& id) = 0;
  /// Newest first.
  virtual std::vector<RunRequest> list(const RequestFilter& filter) = 0;
  /// As request.hpp has them, told in events; the request as it is now. Throw kNotFound.
  virtual RunRequest cancel(const std::string& pipeline, const std::string& id) = 0;
  virtual RunRequest retry(const std::string& pipeline, const std::string& id) = 0;

  /// Takes a request of the pipelines that the runner announced: the highest priority first, then the pipeline whose
  /// turn was longest ago, then the oldest. Of exclusive requests of a pipeline one runs at a time. Ends requests that
  /// cost too many runners.
  virtual std::optional<RunRequest> claim(const std::string& runner, int64_t lease_ms) = 0;
  /// Renews a runner's leases. Returns the requests that it still holds, as they are now.
  virtual std::vector<RunRequest> renew(const std::vector<Claim>& claims, int64_t lease_ms) = 0;
  /// False: the claim was lost; nothing changed.
  virtual bool report(const Claim& claim, const RequestProgress& progress) = 0;
  virtual bool finish(const Claim& claim, const RequestEnd& end) = 0;
  virtual bool put_back(const Claim& claim, int64_t delay_ms) = 0;

  virtual void append_log(const std::string& pipeline, const std::string& id, const std::vector<LogLine>& lines) = 0;
  /// Oldest first, of numbers above `after`.
  virtual std::vector<LogLine> log(const std::string& pipeline, const std::string& id, int64_t after, int limit) = 0;
  /// The last lines, oldest first.
  virtual std::vector<LogLine> last_log(const std::string& pipeline, const std::string& id, int limit) = 0;

  /// Sets number and time.
  virtual void tell(const Event& event) = 0;
  /// Oldest first. A reader that goes on after the last number it saw misses none.
  virtual std::vector<Event> events(const EventFilter& filter) = 0;
  /// 0: there are none.
  virtual int64_t last_event() = 0;

  /// Forgets some of what happened before then, `rows` rows at most: events, the oldest first, and requests that had
  /// ended, with their logs. The newest event stays, so that numbers go on. False: nothing of that is left.
  virtual bool forget_before(int64_t time_ms, int rows) = 0;
  /// Events up to this number are forgotten; 0: none are.
  virtual int64_t forgotten_events() = 0;
};

}  // namespace veleta
