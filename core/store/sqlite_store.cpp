#include "sqlite_store.hpp"

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
  number INTEGER PRIMARY KEY,
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
  number INTEGER PRIMARY KEY,
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
  number INTEGER PRIMARY KEY,
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
  number INTEGER PRIMARY KEY,
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

constexpr const char* kComponent = "store";
/// Each leads to the next version. Files exist that went through them: never change one, add another.
constexpr std::array kMigrations = {kFirstTables, kUnsureSources};

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& path)
    : database_(path, kComponent, kMigrations), blobs_(open_file_blobs(database_.path().string() + ".blobs")) {}

std::unique_ptr<PipelineLock> SqliteStore::lock_pipeline(const std::string& pipeline) {
  return lock_pipeline_file(database_.path().string() + ".locks", pipeline);
}

std::unique_ptr<Store> open_store(const std::string& uri) {
  return std::make_unique<SqliteStore>(sqlite::path_of_uri(uri));
}

bool store_exists(const std::string& uri) { return sqlite::has_component(sqlite::path_of_uri(uri), kComponent); }

}  // namespace veleta
