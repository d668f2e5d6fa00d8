#include "sql_store.hpp"

#include <fmt/format.h>
#include <array>

#include "pipeline_lock.hpp"

namespace veleta {

namespace {

/// Times named _ms are milliseconds since 1970-01-01 UTC. Numbers order rows by when they were added.
constexpr const char* kFirstTables = R"sql(
CREATE TABLE pipelines (
  name TEXT PRIMARY KEY,
  clean_table TEXT NOT NULL UNIQUE,
  schema TEXT NOT NULL
);
CREATE TABLE runs (
  number $identity PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  pipeline TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  outcome TEXT NOT NULL DEFAULT '',
  sentence TEXT NOT NULL DEFAULT '',
  batch_id TEXT NOT NULL DEFAULT '',
  attempt BIGINT NOT NULL DEFAULT 1,
  started_ms BIGINT NOT NULL,
  finished_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX runs_by_pipeline ON runs (pipeline, number);
CREATE TABLE steps (
  number $identity PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id),
  name TEXT NOT NULL,
  output TEXT NOT NULL,
  started_ms BIGINT NOT NULL,
  finished_ms BIGINT NOT NULL,
  UNIQUE (run_id, name)
);
CREATE TABLE batches (
  pipeline TEXT NOT NULL,
  id TEXT NOT NULL,
  run_id TEXT NOT NULL UNIQUE REFERENCES runs (id),
  ordinal BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('raw', 'clean', 'rejected')),
  format TEXT NOT NULL,
  rows_pointer TEXT NOT NULL,
  cursor TEXT NOT NULL,
  origin TEXT NOT NULL,
  payload_digest TEXT NOT NULL,
  payload_byte_count BIGINT NOT NULL,
  payload_stored_byte_count BIGINT NOT NULL,
  row_count BIGINT NOT NULL DEFAULT 0,
  received_ms BIGINT NOT NULL,
  PRIMARY KEY (pipeline, id),
  UNIQUE (pipeline, ordinal)
);
CREATE TABLE decisions (
  number $identity PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE REFERENCES runs (id),
  pipeline TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  sentence TEXT NOT NULL,
  model_version TEXT NOT NULL,
  record TEXT NOT NULL,
  decided_ms BIGINT NOT NULL
);
CREATE INDEX decisions_by_pipeline ON decisions (pipeline, number);
CREATE TABLE inferences (
  number $identity PRIMARY KEY,
  request_id TEXT NOT NULL,
  time_ms BIGINT NOT NULL,
  pipeline TEXT NOT NULL,
  model_version TEXT NOT NULL,
  input TEXT NOT NULL,
  prediction DOUBLE PRECISION,
  status BIGINT NOT NULL,
  error TEXT NOT NULL,
  latency_us BIGINT NOT NULL
);
CREATE INDEX inferences_by_pipeline ON inferences (pipeline, number);
)sql";

/// A pipeline's row here: its source may have moved on past a batch that never arrived.
constexpr const char* kUnsureSources = R"sql(
CREATE TABLE unsure_sources (
  pipeline TEXT PRIMARY KEY
);
)sql";

/// How far each writer of the inference log has come.
constexpr const char* kInferenceWriters = R"sql(
CREATE TABLE inference_writers (
  writer TEXT PRIMARY KEY,
  last_chunk BIGINT NOT NULL
);
)sql";

/// What clients asked for, who does it, and what was told of it. An exclusive request is alone in its pipeline.
constexpr const char* kRequests = R"sql(
CREATE TABLE requests (
  number $identity PRIMARY KEY,
  pipeline TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  run_id TEXT NOT NULL,
  exclusive BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'skipped', 'failed', 'cancelled')),
  not_before_ms BIGINT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  record TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (pipeline, id)
);
CREATE INDEX requests_by_state ON requests (state, pipeline);
CREATE INDEX requests_by_run ON requests (run_id);
CREATE INDEX requests_by_pipeline ON requests (pipeline, number);
CREATE UNIQUE INDEX one_exclusive_request_runs ON requests (pipeline) WHERE state = 'running' AND exclusive = 1;
CREATE TABLE request_log (
  number $identity PRIMARY KEY,
  pipeline TEXT NOT NULL,
  request_id TEXT NOT NULL,
  time_ms BIGINT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX request_log_by_request ON request_log (pipeline, request_id, number);
CREATE TABLE runner_pipelines (
  runner TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  card TEXT NOT NULL,
  told_ms BIGINT NOT NULL,
  is_live BIGINT NOT NULL,
  PRIMARY KEY (runner, pipeline)
);
CREATE TABLE pipeline_turns (
  pipeline TEXT PRIMARY KEY,
  turn BIGINT NOT NULL
);
CREATE TABLE events (
  number $identity PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  kind TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  run_id TEXT NOT NULL,
  data TEXT NOT NULL
);
)sql";

/// What stands in the way of a new request, in its order.
constexpr const char* kRequestsUnderWay = R"sql(
CREATE INDEX requests_under_way ON requests (pipeline, number) WHERE state IN ('queued', 'running') AND exclusive = 1;
)sql";

/// How far something numbered is not kept any more.
constexpr const char* kForgotten = R"sql(
CREATE TABLE forgotten (
  what TEXT PRIMARY KEY,
  number BIGINT NOT NULL
);
)sql";

/// What truly was of served rows; who watches a pipeline's streams, and how their watches stand, states in hexadecimal.
constexpr const char* kServedStreams = R"sql(
CREATE INDEX inferences_by_request ON inferences (request_id);
CREATE TABLE labels (
  number $identity PRIMARY KEY,
  inference BIGINT NOT NULL UNIQUE,
  pipeline TEXT NOT NULL,
  label TEXT NOT NULL,
  labelled_ms BIGINT NOT NULL
);
CREATE INDEX labels_by_pipeline ON labels (pipeline, number);
CREATE TABLE stream_watchers (
  pipeline TEXT PRIMARY KEY,
  watcher TEXT NOT NULL,
  heard_ms BIGINT NOT NULL,
  label_number BIGINT NOT NULL
);
CREATE TABLE stream_watches (
  pipeline TEXT NOT NULL,
  stream TEXT NOT NULL,
  series TEXT NOT NULL,
  basis TEXT NOT NULL,
  maker TEXT NOT NULL,
  status TEXT NOT NULL,
  state TEXT NOT NULL,
  updated_ms BIGINT NOT NULL,
  PRIMARY KEY (pipeline, stream, series)
);
)sql";

/// 1: streams took the label in the store that it was restored from.
constexpr const char* kRestoredLabels = R"sql(
ALTER TABLE labels ADD COLUMN was_watched BIGINT NOT NULL DEFAULT 0;
)sql";

constexpr const char* kComponent = "store";
/// Each leads to the next version. Files exist that went through them: never change one, add another.
constexpr std::array kMigrations = {kFirstTables,      kUnsureSources, kInferenceWriters, kRequests,
                                    kRequestsUnderWay, kForgotten,     kServedStreams,    kRestoredLabels};

/// A lock that its store looks after too.
class SharedLock final : public PipelineLock {
 public:
  explicit SharedLock(std::shared_ptr<sql::SessionLock> lock) : lock_(std::move(lock)) {}

 private:
  std::shared_ptr<sql::SessionLock> lock_;
};

std::string blobs_location(const sql::Database& database, const std::string& named) {
  if (!named.empty()) return named;
  if (database.dialect() == sql::Dialect::kSqlite) return database.path().string() + ".blobs";
  throw Error(ErrorCode::kInvalidArgument, "a store in PostgreSQL needs a place for its payloads: name store.blobs");
}

sql::DatabaseOptions database_options(const StoreOptions& options) {
  sql::DatabaseOptions result;
  result.patience = options.patience;
  return result;
}

}  // namespace

SqlStore::SqlStore(const std::string& uri, const StoreOptions& options)
    : database_(uri, kComponent, kMigrations, database_options(options)),
      blobs_(open_blobs(blobs_location(database_, options.blobs))),
      queue_(database_),
      streams_(database_) {}

std::unique_ptr<PipelineLock> SqlStore::lock_pipeline(const std::string& pipeline) {
  if (database_.dialect() == sql::Dialect::kSqlite)
    return lock_pipeline_file(database_.path().string() + ".locks", pipeline);
  std::shared_ptr<sql::SessionLock> lock =
      database_.lock(fmt::format("pipeline '{}' is being run", pipeline), "pipeline " + pipeline);
  const std::lock_guard guard(locks_mutex_);
  std::erase_if(locks_, [](const auto& known) { return known.expired(); });
  locks_.push_back(lock);
  return std::make_unique<SharedLock>(std::move(lock));
}

void SqlStore::hold_locks() {
  const std::lock_guard guard(locks_mutex_);
  for (const auto& known : locks_)
    if (const auto lock = known.lock()) lock->hold();
}

std::unique_ptr<Store> open_store(const std::string& uri, const StoreOptions& options) {
  return std::make_unique<SqlStore>(uri, options);
}

bool store_exists(const std::string& uri, const StoreOptions& options) {
  return sql::has_component(uri, kComponent, database_options(options));
}

}  // namespace veleta
