#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/schema.hpp"
#include "data/table.hpp"
#include "store/blobs.hpp"
#include "store/run_queue.hpp"
#include "store/served_streams.hpp"

namespace veleta {

enum class RunState { kRunning, kSucceeded, kFailed, kCancelled };
const char* to_string(RunState state);
/// Throws kBadData for a text that is no state's.
RunState parse_run_state(std::string_view text);

/// One run of a pipeline. Times are milliseconds since 1970-01-01 UTC.
struct RunRecord {
  std::string id;
  std::string pipeline;
  RunState state = RunState::kRunning;
  /// Of a finished run: "promoted", "rejected", "skipped", "nothing_new", "end_of_data", "cancelled", "failed", or
  /// "given_up": failed so often that it is not gone on with unless asked for.
  std::string outcome;
  std::string sentence;  ///< the decision, or the failure, for people
  std::string batch_id;  ///< empty until one was taken
  int attempt = 1;       ///< how often it was started or resumed
  int64_t started_ms = 0;
  int64_t finished_ms = 0;  ///< 0: not yet
};

/// The names of a run's steps, in their order.
inline constexpr std::array<std::string_view, 10> kRunSteps{"ingest",  "validate", "clean",    "detect",   "decide",
                                                            "prepare", "train",    "evaluate", "register", "promote"};

/// One finished step of a run: its name and what it left for the steps after it.
struct StepRecord {
  std::string name;
  json::object output;
  int64_t started_ms = 0;
  int64_t finished_ms = 0;
};

enum class BatchState {
  kRaw,       ///< kept as it came
  kClean,     ///< its rows are in CLEAN
  kRejected,  ///< invalid: kept in RAW only
};
const char* to_string(BatchState state);
/// Throws kBadData for a text that is no state's.
BatchState parse_batch_state(std::string_view text);

/// A batch as it came. `id` is unique within its pipeline.
struct BatchRecord {
  std::string pipeline;
  std::string id;
  std::string run_id;   ///< the run that took it
  int64_t ordinal = 0;  ///< 0, 1, 2, … in the order taken; set by add_batch
  BatchState state = BatchState::kRaw;
  std::string format;  ///< "json" or "csv"
  std::string rows_pointer;
  std::string cursor;  ///< where the source goes on after it
  std::string origin;
  BlobInfo payload;
  int64_t row_count = 0;  ///< of CLEAN
  int64_t received_ms = 0;
};

/// Why a run ended as it did. `record` holds every number: evidence, gates, metrics.
struct DecisionRecord {
  std::string run_id;
  std::string pipeline;
  std::string batch_id;
  std::string action;   ///< "train" or "skip"
  std::string outcome;  ///< as RunRecord::outcome
  std::string sentence;
  std::string model_version;  ///< the version trained; empty: none
  json::object record;
  int64_t decided_ms = 0;
};

/// One prediction served.
struct InferenceRecord {
  std::string request_id;
  int64_t time_ms = 0;
  std::string pipeline;
  std::string model_version;
  std::string input;      ///< the row, as JSON
  double prediction = 0;  ///< NaN where it failed
  int status = 200;       ///< of the HTTP reply
  std::string error;
  int64_t latency_us = 0;
};

/// What a writer of the inference log appends at a time. Its chunks are appended in the order of their numbers, from 1.
struct InferenceChunk {
  std::string writer;  ///< unique for ever, a new_id()
  int64_t number = 0;
};

/// Held while a pipeline is being run; released when destroyed, and by the system when the process dies.
class PipelineLock {
 public:
  virtual ~PipelineLock() = default;
};

/// What a pipeline did and saw, durable: each call is one transaction, and has happened once when it returns, also
/// where the connection to a server was lost meanwhile. Thread-safe. Throws kNotFound, kConflict, kUnavailable (busy,
/// full or away), kTimeout, kRefused, kInternal; every Error names the thing and the store.
class Store {
 public:
  virtual ~Store() = default;

  // Runs.
  /// One process runs a pipeline at a time, of all hosts that share a server. Throws kConflict, naming the holder,
  /// where it is held. Where a server lost the lock's session, the next write of this store takes the lock again, or
  /// throws kConflict where another holds it.
  virtual std::unique_ptr<PipelineLock> lock_pipeline(const std::string& pipeline) = 0;
  /// Starts run `run_id`, or goes on with it (attempt + 1) if it is there unfinished, failed or cancelled; a run that
  /// succeeded comes back as it is. Throws kConflict where the id belongs to another pipeline.
  virtual RunRecord start_run(const std::string& pipeline, const std::string& run_id) = 0;
  virtual std::optional<RunRecord> find_run(const std::string& run_id) = 0;
  /// The pipeline's runs still marked running, oldest first: under the lock, what a crash left behind.
  virtual std::vector<RunRecord> unfinished_runs(const std::string& pipeline) = 0;
  /// The pipeline's runs that have a batch, no decision, and have not succeeded; oldest first.
  virtual std::vector<RunRecord> undecided_runs(const std::string& pipeline) = 0;
  /// Newest first.
  virtual std::vector<RunRecord> list_runs(const std::string& pipeline, int limit = 100, int offset = 0) = 0;
  /// Sets state, outcome, sentence and the finish time, keeps the decision and tells the events, in one transaction; of
  /// a run that decided before, the new decision stands.
  virtual void finish_run(const std::string& run_id, RunState state, const std::string& outcome,
                          const std::string& sentence, const DecisionRecord* decision = nullptr,
                          const std::vector<Event>& events = {}) = 0;

  // Steps.
  /// Marks a step of a run finished, with its output. Repeated with an equal name, the first one stays.
  virtual void finish_step(const std::string& run_id, const StepRecord& step) = 0;
  /// In the order finished.
  virtual std::vector<StepRecord> steps(const std::string& run_id) = 0;
  /// Forgets a step and those that finished after it; does nothing where the run has no such step.
  virtual void forget_steps(const std::string& run_id, const std::string& from) = 0;

  // RAW.
  virtual BlobStore& blobs() = 0;
  /// Records a batch whose payload is committed (kNotFound otherwise), and sets the run's batch_id. Adding an equal
  /// batch (pipeline, id, digest) by the same run again changes nothing. Throws kConflict where another run took a
  /// batch of that id, where the run took another batch, and where the batch is there with another payload.
  virtual BatchRecord add_batch(const BatchRecord& batch) = 0;
  virtual std::optional<BatchRecord> find_batch(const std::string& pipeline, const std::string& batch_id) = 0;
  /// In the order taken.
  virtual std::vector<BatchRecord> list_batches(const std::string& pipeline) = 0;
  /// Gives a batch that is in RAW to a run without one, to be judged again; a rejected batch is raw again. Repeated, it
  /// changes nothing. Throws kNotFound, and kConflict where the run has another batch or is one of another pipeline.
  virtual void take_again(const std::string& run_id, const std::string& pipeline, const std::string& batch_id) = 0;
  /// Whether the pipeline's source may have moved on past a batch that never arrived: noted before a fetch, so that a
  /// crash in its middle is known of, and taken back when the fetch has ended well. False at first.
  virtual void set_source_unsure(const std::string& pipeline, bool unsure) = 0;
  virtual bool is_source_unsure(const std::string& pipeline) = 0;
  /// Repeated, it changes nothing. Throws kConflict where the batch is clean.
  virtual void reject_batch(const std::string& pipeline, const std::string& batch_id) = 0;

  // CLEAN.
  /// The schema that the pipeline's batches are held to; absent before the first.
  virtual std::optional<Schema> schema(const std::string& pipeline) = 0;
  /// Writes a batch's rows into the pipeline's table of typed columns, each with batch_id and row_number, and marks the
  /// batch clean. The first call sets the schema and makes the table; the table's columns must match it (kConflict),
  /// but new columns at the end extend it, missing in the rows before. A batch that is clean already is left as it is.
  /// Throws kConflict where the batch is rejected, kBadData where a column has no name or a time is not of the years 0
  /// to 9999. Numbers are kept exactly, infinite ones too; times to the nanosecond.
  virtual void write_clean(const std::string& pipeline, const std::string& batch_id, const Table& rows) = 0;
  /// The rows of clean batches, in the order of `batch_ids` and of row numbers, columns in the schema's order. Throws
  /// kNotFound where a batch is not clean.
  virtual Table read_clean(const std::string& pipeline, const std::vector<std::string>& batch_ids) = 0;

  // Decisions, newest first.
  virtual std::optional<DecisionRecord> find_decision(const std::string& run_id) = 0;
  virtual std::vector<DecisionRecord> list_decisions(const std::string& pipeline, int limit = 100, int offset = 0) = 0;

  // Inference log.
  /// With a chunk's key: changes nothing where that chunk, or a later one of its writer, was appended before.
  virtual void append_inferences(const std::vector<InferenceRecord>& records,
                                 const std::optional<InferenceChunk>& chunk = std::nullopt) = 0;
  /// Newest first.
  virtual std::vector<InferenceRecord> list_inferences(const std::string& pipeline, int limit = 100) = 0;
  /// Calls `visit` once for each of the pipeline's records, oldest first, on one snapshot (after a lost connection on
  /// another); no more than some are in memory.
  virtual void each_inference(const std::string& pipeline,
                              const std::function<void(const InferenceRecord&)>& visit) = 0;

  // Records of another store, kept as they are. Repeated, nothing changes; what is known here as further on stays.
  /// A run with its steps, and with its decision where it has one, in place of what is known of it. Throws kConflict
  /// where another run has the id: one of another pipeline, or started at another time.
  virtual void restore_run(const RunRecord& run, const std::vector<StepRecord>& steps,
                           const std::optional<DecisionRecord>& decision) = 0;
  /// A batch whose payload is committed and whose run is restored, raw or rejected (write_clean makes it clean). Throws
  /// kConflict where the pipeline has another batch of that id or in that place, kNotFound without payload or run.
  virtual void restore_batch(const BatchRecord& batch) = 0;

  /// What clients asked for, and events.
  virtual RunQueue& queue() = 0;

  /// Labels of served rows, and the streams watched over them.
  virtual ServedStreams& streams() = 0;
};

struct StoreOptions {
  /// Where payloads are kept, as open_blobs takes it. Empty: beside an SQLite file, in "FILE.blobs"; with PostgreSQL it
  /// must be named.
  std::string blobs;
  /// How long a call waits for a server that is away, before it throws kUnavailable. A restart takes seconds, a run
  /// minutes.
  std::chrono::milliseconds patience{30'000};
};

/// Opens the store at `uri`: "sqlite:///var/veleta.db" (path after three slashes relative to the working folder, after
/// four absolute), or "postgresql://user@host:port/database?parameters" as libpq takes it, whose tables are in the
/// first schema of the search path. Creates it, or brings its schema up to date.
/// Throws kInvalidArgument for another scheme, kUnsupported for a schema newer than this program.
std::unique_ptr<Store> open_store(const std::string& uri, const StoreOptions& options = {});
/// Whether open_store would find a store at `uri` and not make one; changes nothing.
bool store_exists(const std::string& uri, const StoreOptions& options = {});

}  // namespace veleta
