#include <fmt/format.h>
#include <map>

#include "base/clock.hpp"
#include "sql_served_streams.hpp"

// What truly was of rows that were served.
namespace veleta {

using sql::Connection;

namespace {

constexpr std::string_view kNotKnown = "null";

struct ServedRow {
  int64_t number = 0;
  std::string label;  ///< empty: none yet
};

/// The rows of the request of that id that was served last, in its order.
std::vector<ServedRow> rows_of(Connection& connection, const std::string& pipeline, const std::string& request_id) {
  auto rows = connection.query(
      "SELECT served.number, labels.label FROM inferences AS served"
      " LEFT JOIN labels ON labels.inference = served.number"
      " WHERE served.request_id = ? AND served.pipeline = ? AND served.status = 200 AND served.time_ms ="
      " (SELECT MAX(time_ms) FROM inferences WHERE request_id = ? AND pipeline = ? AND status = 200)"
      " ORDER BY served.number",
      request_id, pipeline, request_id, pipeline);
  std::vector<ServedRow> found;
  while (rows.step()) found.push_back({rows.integer(0), rows.is_null(1) ? "" : rows.string(1)});
  return found;
}

bool is_at_odds(const ServedRow& row, const std::string& label) {
  return label != kNotKnown && !row.label.empty() && row.label != label;
}

/// A label that is to be written.
struct NewLabel {
  int64_t inference = 0;
  std::string_view label;
};

/// What becomes of a request's labels; those to be written go to `fresh`, and to the rows.
LabelOutcome outcome_of(std::vector<ServedRow>& rows, const std::vector<std::string>& labels,
                        std::vector<NewLabel>& fresh) {
  if (rows.empty()) return {Labelled::kUnknownRequest};
  if (rows.size() != labels.size()) return {Labelled::kWrongCount, rows.size()};
  for (size_t row = 0; row < rows.size(); ++row)
    if (is_at_odds(rows[row], labels[row])) return {Labelled::kConflict, rows.size(), 0, row};
  for (size_t row = 0; row < rows.size(); ++row)
    if (rows[row].label.empty() && labels[row] != kNotKnown) {
      rows[row].label = labels[row];
      fresh.push_back({rows[row].number, labels[row]});
    }
  return {fresh.empty() ? Labelled::kRepeated : Labelled::kStored, rows.size(), fresh.size()};
}

void insert(Connection& connection, const std::string& pipeline, const std::vector<NewLabel>& labels) {
  if (labels.empty()) return;
  const int64_t now = now_ms();
  sql::BulkInsert insert = connection.insert_into("labels", {"inference", "pipeline", "label", "labelled_ms"});
  for (const auto& [inference, label] : labels) {
    insert.bind(inference);
    insert.bind(pipeline);
    insert.bind(label);
    insert.bind(now);
    insert.end_row();
  }
  insert.finish();
}

}  // namespace

void write_labels_one_at_a_time(Connection& connection) {
  if (connection.dialect() != sql::Dialect::kPostgres) return;  // SQLite has one writer anyhow
  auto held = connection.query("SELECT pg_advisory_xact_lock(hashtext('labels of ' || current_schema()))");
  while (held.step()) {
  }
}

std::vector<LabelOutcome> SqlServedStreams::add_labels(const std::string& pipeline,
                                                       const std::vector<RequestLabels>& requests) {
  return database_.write(fmt::format("label rows of '{}'", pipeline), [&](Connection& connection) {
    write_labels_one_at_a_time(connection);
    std::vector<LabelOutcome> outcomes;
    std::map<std::string_view, std::vector<ServedRow>> known;  // an id may come often
    for (const auto& [request_id, labels] : requests) {
      std::vector<NewLabel> fresh;
      const auto [rows, is_new] = known.try_emplace(request_id);
      if (is_new) rows->second = rows_of(connection, pipeline, request_id);
      outcomes.push_back(outcome_of(rows->second, labels, fresh));
      insert(connection, pipeline, fresh);
    }
    return outcomes;
  });
}

std::vector<LabelledRow> SqlServedStreams::labelled_rows(const std::string& pipeline, int64_t after, int limit) {
  return database_.read(fmt::format("read the labels of '{}'", pipeline), [&](Connection& connection) {
    auto rows = connection.query(
        "SELECT labels.number, served.request_id, served.model_version, served.prediction, labels.label, served.input,"
        " served.time_ms, labels.labelled_ms, labels.was_watched FROM labels"
        " JOIN inferences AS served ON served.number = labels.inference"
        " WHERE labels.pipeline = ? AND labels.number > ? ORDER BY labels.number LIMIT ?",
        pipeline, after, limit);
    std::vector<LabelledRow> labelled;
    while (rows.step())
      labelled.push_back({rows.integer(0), rows.string(1), rows.string(2), rows.number(3), rows.string(4),
                          rows.string(5), rows.integer(6), rows.integer(7), rows.integer(8) != 0});
    return labelled;
  });
}

}  // namespace veleta
