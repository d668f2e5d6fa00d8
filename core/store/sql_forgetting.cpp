#include <fmt/format.h>

#include "sql_run_queue.hpp"

// What a store does not keep for ever: events, and requests that have ended, with their logs.
namespace veleta {

using sql::Connection;

namespace {

constexpr int kPage = 100;

/// The number of the last event before the first that is to stay, so that what is kept has no holes; 0: all are to
/// stay.
int64_t last_old_event(Connection& connection, int64_t before_ms, int64_t rows) {
  auto oldest = connection.query(
      "SELECT number, time_ms FROM events WHERE number < (SELECT MAX(number) FROM events) ORDER BY number LIMIT ?",
      rows);
  int64_t last = 0;
  while (oldest.step() && oldest.integer(1) < before_ms) last = oldest.integer(0);
  return last;
}

/// Returns how many.
int64_t forget_events(Connection& connection, int64_t before_ms, int64_t rows) {
  const int64_t last = last_old_event(connection, before_ms, rows);
  if (last == 0) return 0;
  connection.run(
      "INSERT INTO forgotten (what, number) VALUES ('events', ?)"
      " ON CONFLICT (what) DO UPDATE SET number = excluded.number",
      last);
  return connection.run("DELETE FROM events WHERE number <= ?", last);
}

/// Lines first; false: there are more than `rows` of them, and it stays for now.
bool forget_request(Connection& connection, const RunRequest& request, int64_t& rows) {
  rows -= connection.run(
      "DELETE FROM request_log WHERE number IN"
      " (SELECT number FROM request_log WHERE pipeline = ? AND request_id = ? ORDER BY number LIMIT ?)",
      request.pipeline, request.id, rows);
  if (rows <= 0) return false;
  // A client may have had it tried again meanwhile.
  rows -=
      connection.run("DELETE FROM requests WHERE number = ? AND state = ?", request.number, to_string(request.state));
  return true;
}

/// False: none is left.
bool forget_requests(Connection& connection, int64_t before_ms, int64_t rows) {
  int64_t after = 0;
  while (rows > 0) {
    const auto page = requests_of(
        connection.query("SELECT number, record FROM requests WHERE number > ? ORDER BY number LIMIT ?", after, kPage));
    for (const RunRequest& request : page) {
      if (request.asked_ms >= before_ms) return false;  // nor have those after it ended before then
      after = request.number;
      if (!is_ended(request.state) || request.finished_ms >= before_ms) continue;
      if (!forget_request(connection, request, rows)) return true;
    }
    if (page.size() < kPage) return false;
  }
  return true;
}

}  // namespace

bool SqlRunQueue::forget_before(int64_t time_ms, int rows) {
  return database_.write("forget what is old", [&](Connection& connection) {
    const int64_t left = rows - forget_events(connection, time_ms, rows);
    return left <= 0 || forget_requests(connection, time_ms, left);
  });
}

int64_t SqlRunQueue::forgotten_events() {
  return database_.read("read how far events are forgotten", [&](Connection& connection) -> int64_t {
    auto row = connection.query("SELECT number FROM forgotten WHERE what = 'events'");
    return row.step() ? row.integer(0) : 0;
  });
}

}  // namespace veleta
