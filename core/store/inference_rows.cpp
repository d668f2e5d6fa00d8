#include <fmt/format.h>

#include "sql_store.hpp"

// The inference log.
namespace veleta {

namespace {

using sql::Connection;

/// False: this chunk or a later one of its writer was appended before.
bool is_next(Connection& connection, const InferenceChunk& chunk) {
  return connection.run(
             "INSERT INTO inference_writers AS known (writer, last_chunk) VALUES (?, ?) ON CONFLICT (writer)"
             " DO UPDATE SET last_chunk = excluded.last_chunk WHERE known.last_chunk < excluded.last_chunk",
             chunk.writer, chunk.number) == 1;
}

void insert(Connection& connection, const std::vector<InferenceRecord>& records) {
  sql::BulkInsert insert = connection.insert_into(
      "inferences",
      {"request_id", "time_ms", "pipeline", "model_version", "input", "prediction", "status", "error", "latency_us"});
  for (const auto& record : records) {
    insert.bind(record.request_id);
    insert.bind(record.time_ms);
    insert.bind(record.pipeline);
    insert.bind(record.model_version);
    insert.bind(record.input);
    insert.bind(record.prediction);
    insert.bind(int64_t{record.status});
    insert.bind(record.error);
    insert.bind(record.latency_us);
    insert.end_row();
  }
  insert.finish();
}

constexpr const char* kRows =
    "SELECT request_id, time_ms, model_version, input, prediction, status, error, latency_us, number"
    " FROM inferences WHERE pipeline = ?";

InferenceRecord record_of(const sql::Statement& row, const std::string& pipeline) {
  return {row.string(0),
          row.integer(1),
          pipeline,
          row.string(2),
          row.string(3),
          row.number(4),
          static_cast<int>(row.integer(5)),
          row.string(6),
          row.integer(7)};
}

}  // namespace

void SqlStore::append_inferences(const std::vector<InferenceRecord>& records,
                                 const std::optional<InferenceChunk>& chunk) {
  if (records.empty()) return;
  write("log inferences", [&](Connection& connection) {
    if (!chunk || is_next(connection, *chunk)) insert(connection, records);
  });
}

std::vector<InferenceRecord> SqlStore::list_inferences(const std::string& pipeline, int limit) {
  return database_.read(fmt::format("read the inferences of '{}'", pipeline), [&](Connection& connection) {
    std::vector<InferenceRecord> records;
    auto rows = connection.query(std::string(kRows) + " ORDER BY number DESC LIMIT ?", pipeline, limit);
    while (rows.step()) records.push_back(record_of(rows, pipeline));
    return records;
  });
}

void SqlStore::each_inference(const std::string& pipeline, const std::function<void(const InferenceRecord&)>& visit) {
  int64_t last = 0;  // a transaction that is run again goes on where it was
  database_.read(fmt::format("read the inferences of '{}'", pipeline), [&](Connection& connection) {
    auto rows = connection.stream(std::string(kRows) + " AND number > ? ORDER BY number", pipeline, last);
    while (rows.step()) {
      visit(record_of(rows, pipeline));
      last = rows.integer(8);
    }
  });
}

}  // namespace veleta
