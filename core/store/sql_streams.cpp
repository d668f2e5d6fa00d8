#include <fmt/format.h>
#include <boost/algorithm/hex.hpp>
#include <iterator>

#include "base/clock.hpp"
#include "sql_run_queue.hpp"
#include "sql_served_streams.hpp"

// Who watches a pipeline's streams, and how they stand.
namespace veleta {

using sql::Connection;

namespace {

std::string to_hex(const std::string& bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  boost::algorithm::hex_lower(bytes, std::back_inserter(digits));
  return digits;
}

/// Empty where the text is none: a state without bytes is begun anew.
std::string from_hex(std::string_view digits) {
  try {
    std::string bytes;
    boost::algorithm::unhex(digits, std::back_inserter(bytes));
    return bytes;
  } catch (const boost::algorithm::hex_decode_error&) {
    return "";
  }
}

void write(Connection& connection, const std::string& pipeline, const KeptWatch& watch, int64_t now) {
  const std::string status = json::serialize(watch.status), state = to_hex(watch.state);
  connection.run(
      "INSERT INTO stream_watches (pipeline, stream, series, basis, maker, status, state, updated_ms)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pipeline, stream, series) DO UPDATE SET basis = excluded.basis,"
      " maker = excluded.maker, status = excluded.status, state = excluded.state, updated_ms = excluded.updated_ms",
      pipeline, watch.stream, watch.series, watch.basis, watch.maker, status, state, now);
}

}  // namespace

bool SqlServedStreams::claim_streams(const std::string& pipeline, const std::string& watcher, int64_t stale_ms) {
  return database_.write(fmt::format("watch the streams of '{}'", pipeline), [&](Connection& connection) {
    const int64_t now = now_ms();
    return connection.run(
               "INSERT INTO stream_watchers AS known (pipeline, watcher, heard_ms, label_number) VALUES (?, ?, ?, 0)"
               " ON CONFLICT (pipeline) DO UPDATE SET watcher = excluded.watcher, heard_ms = excluded.heard_ms"
               " WHERE known.watcher = excluded.watcher OR known.heard_ms <= ?",
               pipeline, watcher, now, now - stale_ms) == 1;
  });
}

void SqlServedStreams::release_streams(const std::string& pipeline, const std::string& watcher) {
  database_.write(fmt::format("end the watch of '{}'", pipeline), [&](Connection& connection) {
    connection.run("UPDATE stream_watchers SET heard_ms = 0 WHERE pipeline = ? AND watcher = ?", pipeline, watcher);
  });
}

int64_t SqlServedStreams::label_position(const std::string& pipeline) {
  return database_.read(fmt::format("read the streams of '{}'", pipeline), [&](Connection& connection) {
    auto row = connection.query("SELECT label_number FROM stream_watchers WHERE pipeline = ?", pipeline);
    return row.step() ? row.integer(0) : 0;
  });
}

std::vector<KeptWatch> SqlServedStreams::watches(const std::string& pipeline) {
  return database_.read(fmt::format("read the streams of '{}'", pipeline), [&](Connection& connection) {
    auto rows = connection.query(
        "SELECT stream, series, basis, maker, status, state FROM stream_watches WHERE pipeline = ?"
        " ORDER BY stream, series",
        pipeline);
    std::vector<KeptWatch> watches;
    while (rows.step())
      watches.push_back({rows.string(0), rows.string(1), rows.string(2), rows.string(3),
                         parse_json(rows.text(4), "a stream's status").as_object(), from_hex(rows.text(5))});
    return watches;
  });
}

void SqlServedStreams::save_streams(const StreamsSave& save) {
  database_.write(fmt::format("save the streams of '{}'", save.pipeline), [&](Connection& connection) {
    const int64_t now = now_ms();
    if (connection.run("UPDATE stream_watchers SET heard_ms = ?, label_number = ? WHERE pipeline = ? AND watcher = ?",
                       now, save.label_number, save.pipeline, save.watcher) == 0)
      throw Error(ErrorCode::kConflict,
                  fmt::format("the streams of '{}' are watched by another server now", save.pipeline));
    if (save.are_all) connection.run("DELETE FROM stream_watches WHERE pipeline = ?", save.pipeline);
    for (const auto& watch : save.watches) write(connection, save.pipeline, watch, now);
    for (const auto& event : save.events) insert_event(connection, event);
  });
}

}  // namespace veleta
