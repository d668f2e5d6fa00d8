#include <fmt/format.h>
#include <unordered_set>

#include "sql_served_streams.hpp"

// Labels on their way from one store to another.
namespace veleta {

using sql::Connection;

namespace {

struct ServedRow {
  int64_t number = 0;
  bool has_label = false;
};

/// The answered rows of a request, in its order.
std::vector<ServedRow> rows_of(Connection& connection, const std::string& pipeline, const KeptLabel& label) {
  auto rows = connection.query(
      "SELECT served.number, labels.number FROM inferences AS served"
      " LEFT JOIN labels ON labels.inference = served.number WHERE served.request_id = ? AND served.time_ms = ?"
      " AND served.pipeline = ? AND served.status = 200 ORDER BY served.number",
      label.request_id, label.served_ms, pipeline);
  std::vector<ServedRow> found;
  while (rows.step()) found.push_back({rows.integer(0), !rows.is_null(1)});
  return found;
}

bool are_of_one_request(const KeptLabel& one, const KeptLabel& other) {
  return one.request_id == other.request_id && one.served_ms == other.served_ms;
}

/// A label that is to be written.
struct NewLabel {
  int64_t inference = 0;
  const KeptLabel* label = nullptr;
};

/// Those whose rows have none yet.
std::vector<NewLabel> new_labels(Connection& connection, const std::string& pipeline,
                                 const std::vector<KeptLabel>& labels) {
  std::vector<NewLabel> fresh;
  std::unordered_set<int64_t> labelled;
  std::vector<ServedRow> rows;
  const KeptLabel* last = nullptr;
  for (const KeptLabel& label : labels) {
    if (!last || !are_of_one_request(*last, label)) rows = rows_of(connection, pipeline, label);
    last = &label;
    if (label.row < 0 || static_cast<size_t>(label.row) >= rows.size())
      throw Error(ErrorCode::kNotFound,
                  fmt::format("row {} of request '{}' served at {}, which is labelled, is not in the inference log of "
                              "'{}'",
                              label.row, label.request_id, label.served_ms, pipeline));
    const ServedRow& row = rows[static_cast<size_t>(label.row)];
    if (!row.has_label && labelled.insert(row.number).second) fresh.push_back({row.number, &label});
  }
  return fresh;
}

void insert(Connection& connection, const std::string& pipeline, const std::vector<NewLabel>& labels) {
  if (labels.empty()) return;
  sql::BulkInsert insert =
      connection.insert_into("labels", {"inference", "pipeline", "label", "labelled_ms", "was_watched"});
  for (const auto& [inference, label] : labels) {
    insert.bind(inference);
    insert.bind(pipeline);
    insert.bind(label->label);
    insert.bind(label->labelled_ms);
    insert.bind(int64_t{label->was_watched});
    insert.end_row();
  }
  insert.finish();
}

}  // namespace

void SqlServedStreams::each_label(const std::string& pipeline, const std::function<void(const KeptLabel&)>& visit) {
  int64_t last = 0;  // a transaction that is run again goes on where it was
  database_.read(fmt::format("read the labels of '{}'", pipeline), [&](Connection& connection) {
    // Rows are numbered among those without a label, too. A join by the labels' index is quick in whatever order a
    // server that knows nothing of the tables yet does it.
    auto rows = connection.stream(
        "SELECT request_id, time_ms, place - 1, label, labelled_ms, CASE WHEN was_watched = 1 OR number <="
        " coalesce((SELECT label_number FROM stream_watchers WHERE pipeline = ?), 0) THEN 1 ELSE 0 END, number"
        " FROM (SELECT served.request_id, served.time_ms, labels.number, labels.label, labels.labelled_ms,"
        " labels.was_watched,"
        " row_number() OVER (PARTITION BY served.request_id, served.time_ms ORDER BY served.number) AS place"
        " FROM inferences AS served LEFT JOIN labels ON labels.inference = served.number"
        " WHERE served.pipeline = ? AND served.status = 200) AS numbered WHERE number > ? ORDER BY number",
        pipeline, pipeline, last);
    while (rows.step()) {
      visit({rows.string(0), rows.integer(1), rows.integer(2), rows.string(3), rows.integer(4), rows.integer(5) != 0});
      last = rows.integer(6);
    }
  });
}

size_t SqlServedStreams::restore_labels(const std::string& pipeline, const std::vector<KeptLabel>& labels) {
  return database_.write(fmt::format("restore labels of '{}'", pipeline), [&](Connection& connection) {
    write_labels_one_at_a_time(connection);
    const std::vector<NewLabel> fresh = new_labels(connection, pipeline, labels);
    insert(connection, pipeline, fresh);
    return fresh.size();
  });
}

}  // namespace veleta
