#pragma once

#include "sql/sql.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// The requests of rows that have number and record.
std::vector<RunRequest> requests_of(sql::Statement rows);

/// Tells an event within a transaction of the caller. Readers see events in the order of their numbers.
void insert_event(sql::Connection& connection, const Event& event);

/// The tables `requests`, `request_log`, `runner_pipelines`, `pipeline_turns`, `events` and `forgotten` of a store's
/// database. A request's record is kept as JSON; what it is looked for by stands in columns beside.
class SqlRunQueue final : public RunQueue {
 public:
  /// The database must outlive it.
  explicit SqlRunQueue(sql::Database& database) : database_(database) {}

  void announce(const std::string& runner, const std::vector<PipelineCard>& pipelines) override;
  void withdraw(const std::string& runner) override;
  std::vector<PipelineCard> pipelines() override;

  Submission submit(const NewRequest& request) override;
  std::optional<RunRequest> find(const std::string& pipeline, const std::string& id) override;
  std::string body(const std::string& pipeline, const std::string& id) override;
  std::vector<RunRequest> list(const RequestFilter& filter) override;
  RunRequest cancel(const std::string& pipeline, const std::string& id) override;
  RunRequest retry(const std::string& pipeline, const std::string& id) override;

  std::optional<RunRequest> claim(const std::string& runner, int64_t lease_ms) override;
  std::vector<RunRequest> renew(const std::vector<Claim>& claims, int64_t lease_ms) override;
  bool report(const Claim& claim, const RequestProgress& progress) override;
  bool finish(const Claim& claim, const RequestEnd& end) override;
  bool put_back(const Claim& claim, int64_t delay_ms) override;

  void append_log(const std::string& pipeline, const std::string& id, const std::vector<LogLine>& lines) override;
  std::vector<LogLine> log(const std::string& pipeline, const std::string& id, int64_t after, int limit) override;
  std::vector<LogLine> last_log(const std::string& pipeline, const std::string& id, int limit) override;

  void tell(const Event& event) override;
  std::vector<Event> events(const EventFilter& filter) override;
  int64_t last_event() override;

  bool forget_before(int64_t time_ms, int rows) override;
  int64_t forgotten_events() override;

 private:
  template <typename Rule>
  RunRequest change(const char* verb, const std::string& pipeline, const std::string& id, Rule rule);
  template <typename Rule>
  bool change_held(const char* verb, const Claim& claim, Rule rule);

  sql::Database& database_;
};

}  // namespace veleta
