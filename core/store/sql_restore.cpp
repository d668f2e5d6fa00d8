#include <fmt/format.h>
#include <tuple>

#include "sql_rows.hpp"
#include "sql_store.hpp"

// Records of another store.
namespace veleta {

namespace {

using sql::Connection;

void check_same_run(const RunRecord& known, const RunRecord& run) {
  if (known.pipeline == run.pipeline && known.started_ms == run.started_ms) return;
  throw Error(ErrorCode::kConflict, fmt::format("run '{}' cannot be restored: the store has another run of that id, of "
                                                "pipeline '{}'",
                                                run.id, known.pipeline));
}

/// Whether the record is of a later time than the one known.
bool is_further(const RunRecord& run, const RunRecord& known) {
  return std::tie(run.attempt, run.finished_ms) > std::tie(known.attempt, known.finished_ms);
}

/// False: it is known as it is, or as further on.
bool put_run(Connection& connection, const RunRecord& run) {
  const auto known = select_run(connection, run.id);
  if (known) check_same_run(*known, run);
  if (known && !is_further(run, *known)) return false;
  if (!known)
    connection.run("INSERT INTO runs (id, pipeline, state, started_ms) VALUES (?, ?, 'running', ?)", run.id,
                   run.pipeline, run.started_ms);
  connection.run(
      "UPDATE runs SET state = ?, outcome = ?, sentence = ?, batch_id = ?, attempt = ?, finished_ms = ? WHERE id = ?",
      to_string(run.state), run.outcome, run.sentence, run.batch_id, run.attempt, run.finished_ms, run.id);
  return true;
}

[[noreturn]] void throw_conflict(const BatchRecord& batch, const std::string& reason) {
  throw Error(ErrorCode::kConflict,
              fmt::format("batch '{}' of pipeline '{}' cannot be restored: {}", batch.id, batch.pipeline, reason));
}

void check_same_batch(const BatchRecord& known, const BatchRecord& batch) {
  if (known.payload.digest != batch.payload.digest)
    throw_conflict(batch, fmt::format("the store has it with another payload ({})", known.payload.digest));
  if (known.run_id != batch.run_id || known.ordinal != batch.ordinal)
    throw_conflict(batch, fmt::format("the store has it as number {} of run '{}'", known.ordinal, known.run_id));
}

void check_free(Connection& connection, const BatchRecord& batch) {
  if (!select_run(connection, batch.run_id)) throw_no_run(batch.run_id);
  auto place =
      connection.query("SELECT id FROM batches WHERE pipeline = ? AND ordinal = ?", batch.pipeline, batch.ordinal);
  if (place.step())
    throw_conflict(batch, fmt::format("the store has batch '{}' as number {}", place.text(0), batch.ordinal));
}

}  // namespace

void SqlStore::restore_run(const RunRecord& run, const std::vector<StepRecord>& steps,
                           const std::optional<DecisionRecord>& decision) {
  write(fmt::format("restore run '{}'", run.id), [&](Connection& connection) {
    if (!put_run(connection, run)) return;
    connection.run("DELETE FROM steps WHERE run_id = ?", run.id);
    for (const auto& step : steps) insert_step(connection, run.id, step);
    if (decision) replace_decision(connection, *decision);
  });
}

void SqlStore::restore_batch(const BatchRecord& batch) {
  if (!blobs_->contains(batch.payload.digest))
    throw Error(ErrorCode::kNotFound,
                fmt::format("the payload '{}' of batch '{}' is not in the store", batch.payload.digest, batch.id));
  write(fmt::format("restore batch '{}'", batch.id), [&](Connection& connection) {
    if (const auto known = select_batch(connection, batch.pipeline, batch.id)) return check_same_batch(*known, batch);
    check_free(connection, batch);
    BatchRecord restored = batch;
    if (restored.state == BatchState::kClean) restored.state = BatchState::kRaw;
    insert_batch(connection, restored);
  });
}

}  // namespace veleta
