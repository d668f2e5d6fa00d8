#include <fmt/format.h>

#include "base/text.hpp"
#include "clean_rows.hpp"
#include "sql_rows.hpp"
#include "sql_store.hpp"

// Batches: RAW and CLEAN.
namespace veleta {

namespace {

using sql::Connection;
using sql::Statement;

constexpr const char* kBatchColumns =
    "SELECT pipeline, id, run_id, ordinal, state, format, rows_pointer, cursor, origin, payload_digest,"
    " payload_byte_count, payload_stored_byte_count, row_count, received_ms FROM batches";

BatchRecord batch_of(const Statement& row) {
  BatchRecord batch;
  batch.pipeline = row.text(0);
  batch.id = row.text(1);
  batch.run_id = row.text(2);
  batch.ordinal = row.integer(3);
  batch.state = parse_batch_state(row.text(4));
  batch.format = row.text(5);
  batch.rows_pointer = row.text(6);
  batch.cursor = row.text(7);
  batch.origin = row.text(8);
  batch.payload.digest = row.text(9);
  batch.payload.byte_count = static_cast<uint64_t>(row.integer(10));
  batch.payload.stored_byte_count = static_cast<uint64_t>(row.integer(11));
  batch.row_count = row.integer(12);
  batch.received_ms = row.integer(13);
  return batch;
}

BatchRecord get_batch(Connection& connection, const std::string& pipeline, const std::string& id) {
  if (auto batch = select_batch(connection, pipeline, id)) return *batch;
  throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no batch '{}'", pipeline, id));
}

[[noreturn]] void throw_conflict(const BatchRecord& batch, const std::string& reason) {
  throw Error(ErrorCode::kConflict,
              fmt::format("batch '{}' of pipeline '{}' cannot be added: {}", batch.id, batch.pipeline, reason));
}

void check_same(const BatchRecord& known, const BatchRecord& batch) {
  if (known.run_id != batch.run_id) throw_conflict(batch, fmt::format("run '{}' took it", known.run_id));
  if (known.payload.digest != batch.payload.digest)
    throw_conflict(batch, fmt::format("it is there with another payload ({})", known.payload.digest));
}

/// Whether the batch's run has it already. Throws where it may not take it: a run takes one batch, of its own pipeline.
bool run_has_batch(Connection& connection, const BatchRecord& batch) {
  auto run = connection.query("SELECT pipeline, batch_id FROM runs WHERE id = ?", batch.run_id);
  if (!run.step()) throw Error(ErrorCode::kNotFound, fmt::format("the store has no run '{}'", batch.run_id));
  if (run.text(0) != batch.pipeline)
    throw_conflict(batch, fmt::format("run '{}' is one of pipeline '{}'", batch.run_id, run.text(0)));
  if (run.text(1) == batch.id) return true;
  if (!run.text(1).empty())
    throw_conflict(batch, fmt::format("run '{}' took batch '{}' already", batch.run_id, run.text(1)));
  return false;
}

int64_t next_ordinal(Connection& connection, const std::string& pipeline) {
  auto next = connection.query("SELECT coalesce(max(ordinal) + 1, 0) FROM batches WHERE pipeline = ?", pipeline);
  next.step();
  return next.integer(0);
}

std::optional<CleanTable> select_table(Connection& connection, const std::string& pipeline) {
  auto row = connection.query("SELECT clean_table, schema FROM pipelines WHERE name = ?", pipeline);
  if (!row.step()) return std::nullopt;
  return CleanTable{row.string(0),
                    schema_from_json(parse_json(row.text(1), fmt::format("the schema of '{}'", pipeline)))};
}

void check_names(const std::string& pipeline, const Schema& schema) {
  for (size_t i = 0; i < schema.fields.size(); ++i)
    if (schema.fields[i].name.empty())
      throw Error(ErrorCode::kBadData,
                  fmt::format("rows for the CLEAN table of pipeline '{}': column {} has no name", pipeline, i + 1));
}

CleanTable make_table(Connection& connection, const std::string& pipeline, const Schema& schema) {
  CleanTable table{free_table_name(connection, pipeline), schema};
  create_table(connection, table);
  connection.run("INSERT INTO pipelines (name, clean_table, schema) VALUES (?, ?, ?)", pipeline, table.name,
                 json::serialize(to_json(schema)));
  return table;
}

std::string described(const Field& field) { return fmt::format("'{}' ({})", field.name, to_string(field.type)); }

/// Throws unless `found` begins with the fields that the pipeline has.
void check_extends(const std::string& pipeline, const Schema& expected, const Schema& found) {
  for (size_t i = 0; i < expected.fields.size(); ++i) {
    const bool present = i < found.fields.size();
    if (present && found.fields[i] == expected.fields[i]) continue;
    throw Error(
        ErrorCode::kConflict,
        fmt::format("rows do not fit the CLEAN table of pipeline '{}': expected column {} to be {}, found {}", pipeline,
                    i + 1, described(expected.fields[i]), present ? described(found.fields[i]) : "no more columns"));
  }
}

CleanTable table_for(Connection& connection, const std::string& pipeline, const Schema& schema) {
  check_names(pipeline, schema);
  auto table = select_table(connection, pipeline);
  if (!table) return make_table(connection, pipeline, schema);
  check_extends(pipeline, table->schema, schema);
  const size_t known_count = table->schema.fields.size();
  if (schema.fields.size() > known_count) {
    table->schema = schema;
    add_columns(connection, *table, known_count);
    connection.run("UPDATE pipelines SET schema = ? WHERE name = ?", json::serialize(to_json(schema)), pipeline);
  }
  return *table;
}

Table empty_table(const Schema& schema) {
  Table table;
  for (const auto& field : schema.fields) {
    Column& column = table.columns.emplace_back();
    column.name = field.name;
    column.type = field.type;
  }
  return table;
}

void reserve(Table& table, size_t row_count) {
  for (auto& column : table.columns)
    column.type == ColumnType::kCategory ? column.codes.reserve(row_count) : column.numbers.reserve(row_count);
}

BatchRecord get_clean_batch(Connection& connection, const std::string& pipeline, const std::string& id) {
  BatchRecord batch = get_batch(connection, pipeline, id);
  if (batch.state == BatchState::kClean) return batch;
  throw Error(ErrorCode::kNotFound, fmt::format("batch '{}' of pipeline '{}' has no CLEAN rows: it is {}", id, pipeline,
                                                to_string(batch.state)));
}

}  // namespace

std::optional<BatchRecord> select_batch(Connection& connection, const std::string& pipeline, const std::string& id) {
  auto row = connection.query(std::string(kBatchColumns) + " WHERE pipeline = ? AND id = ?", pipeline, id);
  if (!row.step()) return std::nullopt;
  return batch_of(row);
}

void insert_batch(Connection& connection, const BatchRecord& batch) {
  connection.run(
      "INSERT INTO batches (pipeline, id, run_id, ordinal, state, format, rows_pointer, cursor, origin, payload_digest,"
      " payload_byte_count, payload_stored_byte_count, received_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      batch.pipeline, batch.id, batch.run_id, batch.ordinal, to_string(batch.state), batch.format, batch.rows_pointer,
      batch.cursor, batch.origin, batch.payload.digest, static_cast<int64_t>(batch.payload.byte_count),
      static_cast<int64_t>(batch.payload.stored_byte_count), batch.received_ms);
}

BatchRecord SqlStore::add_batch(const BatchRecord& batch) {
  if (batch.id.empty()) throw Error(ErrorCode::kInvalidArgument, "a batch needs an id");
  if (!blobs_->contains(batch.payload.digest))
    throw Error(ErrorCode::kNotFound,
                fmt::format("the payload '{}' of batch '{}' is not in the store", batch.payload.digest, batch.id));
  return write(fmt::format("add batch '{}'", batch.id), [&](Connection& connection) {
    if (auto known = select_batch(connection, batch.pipeline, batch.id)) {
      check_same(*known, batch);
      return *known;
    }
    run_has_batch(connection, batch);
    BatchRecord added = batch;
    added.ordinal = next_ordinal(connection, batch.pipeline);
    added.state = BatchState::kRaw;
    insert_batch(connection, added);
    connection.run("UPDATE runs SET batch_id = ? WHERE id = ?", batch.id, batch.run_id);
    return get_batch(connection, batch.pipeline, batch.id);
  });
}

std::optional<BatchRecord> SqlStore::find_batch(const std::string& pipeline, const std::string& batch_id) {
  return database_.read(fmt::format("read batch '{}'", batch_id),
                        [&](Connection& connection) { return select_batch(connection, pipeline, batch_id); });
}

std::vector<BatchRecord> SqlStore::list_batches(const std::string& pipeline) {
  return database_.read(fmt::format("read the batches of '{}'", pipeline), [&](Connection& connection) {
    std::vector<BatchRecord> batches;
    auto rows = connection.query(std::string(kBatchColumns) + " WHERE pipeline = ? ORDER BY ordinal", pipeline);
    while (rows.step()) batches.push_back(batch_of(rows));
    return batches;
  });
}

void SqlStore::take_again(const std::string& run_id, const std::string& pipeline, const std::string& batch_id) {
  write(fmt::format("take batch '{}' again", batch_id), [&](Connection& connection) {
    BatchRecord batch = get_batch(connection, pipeline, batch_id);
    batch.run_id = run_id;
    if (run_has_batch(connection, batch)) return;
    connection.run("UPDATE runs SET batch_id = ? WHERE id = ?", batch_id, run_id);
    connection.run("UPDATE batches SET state = 'raw' WHERE pipeline = ? AND id = ? AND state = 'rejected'", pipeline,
                   batch_id);
  });
}

void SqlStore::set_source_unsure(const std::string& pipeline, bool unsure) {
  write(fmt::format("note the place of the source of '{}'", pipeline), [&](Connection& connection) {
    connection.run("DELETE FROM unsure_sources WHERE pipeline = ?", pipeline);
    if (unsure) connection.run("INSERT INTO unsure_sources (pipeline) VALUES (?)", pipeline);
  });
}

bool SqlStore::is_source_unsure(const std::string& pipeline) {
  return database_.read(fmt::format("read the place of the source of '{}'", pipeline), [&](Connection& connection) {
    return connection.query("SELECT 1 FROM unsure_sources WHERE pipeline = ?", pipeline).step();
  });
}

void SqlStore::reject_batch(const std::string& pipeline, const std::string& batch_id) {
  write(fmt::format("reject batch '{}'", batch_id), [&](Connection& connection) {
    if (get_batch(connection, pipeline, batch_id).state == BatchState::kClean)
      throw Error(ErrorCode::kConflict,
                  fmt::format("batch '{}' of pipeline '{}' is in CLEAN and cannot be rejected", batch_id, pipeline));
    connection.run("UPDATE batches SET state = 'rejected' WHERE pipeline = ? AND id = ?", pipeline, batch_id);
  });
}

std::optional<Schema> SqlStore::schema(const std::string& pipeline) {
  return database_.read(fmt::format("read the schema of '{}'", pipeline), [&](Connection& connection) {
    const auto table = select_table(connection, pipeline);
    return table ? std::optional(table->schema) : std::nullopt;
  });
}

void SqlStore::write_clean(const std::string& pipeline, const std::string& batch_id, const Table& rows) {
  write(fmt::format("write the CLEAN rows of batch '{}'", batch_id), [&](Connection& connection) {
    const BatchRecord batch = get_batch(connection, pipeline, batch_id);
    if (batch.state == BatchState::kClean) return;
    if (batch.state == BatchState::kRejected)
      throw Error(ErrorCode::kConflict, fmt::format("batch '{}' of pipeline '{}' is rejected", batch_id, pipeline));
    insert_rows(connection, table_for(connection, pipeline, schema_of(rows)), batch_id, rows);
    connection.run("UPDATE batches SET state = 'clean', row_count = ? WHERE pipeline = ? AND id = ?",
                   static_cast<int64_t>(rows.row_count()), pipeline, batch_id);
  });
}

Table SqlStore::read_clean(const std::string& pipeline, const std::vector<std::string>& batch_ids) {
  return database_.read(fmt::format("read the CLEAN rows of '{}'", pipeline), [&](Connection& connection) {
    const auto clean = select_table(connection, pipeline);
    Table table = empty_table(clean ? clean->schema : Schema{});
    int64_t row_count = 0;
    for (const auto& id : batch_ids) row_count += get_clean_batch(connection, pipeline, id).row_count;
    reserve(table, static_cast<size_t>(row_count));
    for (const auto& id : batch_ids) append_rows(connection, *clean, id, table);
    if (static_cast<int64_t>(table.row_count()) != row_count)
      throw Error(ErrorCode::kBadData,
                  fmt::format("the CLEAN table of pipeline '{}' holds {} rows of batches {}, not {}", pipeline,
                              table.row_count(), join(batch_ids, ", "), row_count));
    return table;
  });
}

}  // namespace veleta
