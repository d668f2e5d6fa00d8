#include <fmt/format.h>
#include <algorithm>

#include "base/clock.hpp"
#include "sql_run_queue.hpp"

// What a store tells: events, and the lines that a request's runner said.
namespace veleta {

using sql::Connection;

namespace {

/// Held to the transaction's end, by all writers of events of this schema.
constexpr const char* kOneAtATime =
    " FROM (SELECT pg_advisory_xact_lock(hashtext('events of ' || current_schema()))) AS held";

std::vector<LogLine> lines_of(sql::Statement rows) {
  std::vector<LogLine> lines;
  while (rows.step()) lines.push_back({rows.integer(0), rows.integer(1), rows.string(2), rows.string(3)});
  return lines;
}

}  // namespace

void insert_event(Connection& connection, const Event& event) {
  // A number is given when the row is written, and seen when its transaction ends: one at a time, so that the order of
  // the numbers is that in which they are seen. SQLite has one writer anyhow.
  const bool has_many_writers = connection.dialect() == sql::Dialect::kPostgres;
  const std::string data = json::serialize(event.data);
  connection.run(std::string("INSERT INTO events (time_ms, kind, pipeline, run_id, data) SELECT ?, ?, ?, ?, ?") +
                     (has_many_writers ? kOneAtATime : ""),
                 now_ms(), event.kind, event.pipeline, event.run_id, data);
}

void SqlRunQueue::tell(const Event& event) {
  database_.write(fmt::format("tell '{}'", event.kind),
                  [&](Connection& connection) { insert_event(connection, event); });
}

std::vector<Event> SqlRunQueue::events(const EventFilter& filter) {
  return database_.read("read events", [&](Connection& connection) {
    std::string sql = "SELECT number, time_ms, kind, pipeline, run_id, data FROM events WHERE number > ?";
    if (!filter.pipeline.empty()) sql.append(" AND pipeline = ?");
    for (size_t i = 0; i < filter.kinds.size(); ++i) sql.append(i == 0 ? " AND kind IN (?" : ", ?");
    if (!filter.kinds.empty()) sql.append(")");
    auto rows = connection.query(sql + " ORDER BY number LIMIT ?", filter.after);
    if (!filter.pipeline.empty()) rows.bind(filter.pipeline);
    for (const auto& kind : filter.kinds) rows.bind(kind);
    rows.bind(filter.limit);
    std::vector<Event> events;
    while (rows.step())
      events.push_back({rows.integer(0), rows.integer(1), rows.string(2), rows.string(3), rows.string(4),
                        parse_json(rows.text(5), "an event's data").as_object()});
    return events;
  });
}

int64_t SqlRunQueue::last_event() {
  return database_.read("read events", [&](Connection& connection) {
    auto row = connection.query("SELECT COALESCE(MAX(number), 0) FROM events");
    return row.step() ? row.integer(0) : 0;
  });
}

void SqlRunQueue::append_log(const std::string& pipeline, const std::string& id, const std::vector<LogLine>& lines) {
  if (lines.empty()) return;
  database_.write(fmt::format("append to the log of request '{}'", id), [&](Connection& connection) {
    for (const auto& line : lines)
      connection.run("INSERT INTO request_log (pipeline, request_id, time_ms, level, text) VALUES (?, ?, ?, ?, ?)",
                     pipeline, id, line.time_ms, line.level, line.text);
  });
}

std::vector<LogLine> SqlRunQueue::log(const std::string& pipeline, const std::string& id, int64_t after, int limit) {
  return database_.read(fmt::format("read the log of request '{}'", id), [&](Connection& connection) {
    return lines_of(connection.query(
        "SELECT number, time_ms, level, text FROM request_log WHERE pipeline = ? AND request_id = ? AND number > ?"
        " ORDER BY number LIMIT ?",
        pipeline, id, after, limit));
  });
}

std::vector<LogLine> SqlRunQueue::last_log(const std::string& pipeline, const std::string& id, int limit) {
  return database_.read(fmt::format("read the log of request '{}'", id), [&](Connection& connection) {
    auto lines = lines_of(
        connection.query("SELECT number, time_ms, level, text FROM request_log WHERE pipeline = ? AND request_id = ?"
                         " ORDER BY number DESC LIMIT ?",
                         pipeline, id, limit));
    std::ranges::reverse(lines);
    return lines;
  });
}

}  // namespace veleta
