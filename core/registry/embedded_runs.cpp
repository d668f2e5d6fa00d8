#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "embedded_registry.hpp"
#include "rules.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr const char* kRunColumns = "id, experiment, name, status, start_ms, end_ms";

TrackedRun run_from(const sql::Statement& row) {
  TrackedRun run;
  run.id = row.string(0);
  run.experiment = row.string(1);
  run.name = row.string(2);
  run.status = row.string(3);
  run.start_ms = row.integer(4);
  run.end_ms = row.integer(5);
  return run;
}

DatasetInput input_from(const sql::Statement& row) {
  DatasetInput input;
  input.name = row.string(0);
  input.digest = row.string(1);
  input.source = row.string(2);
  input.schema = row.string(3);
  input.row_count = row.integer(4);
  input.context = row.string(5);
  return input;
}

/// The run's parameters, newest metrics, tags and inputs.
void complete(sql::Connection& connection, TrackedRun& run) {
  for (auto row = connection.query("SELECT key, value FROM run_params WHERE run_id = ?", run.id); row.step();)
    run.params[row.string(0)] = row.string(1);
  for (auto row = connection.query("SELECT key, value FROM run_tags WHERE run_id = ?", run.id); row.step();)
    run.tags[row.string(0)] = row.string(1);
  // Ascending, so that the newest point of a key is the one that stays.
  for (auto row = connection.query("SELECT key, value FROM run_metrics WHERE run_id = ? ORDER BY step, time_ms, value",
                                   run.id);
       row.step();)
    run.metrics[row.string(0)] = row.number(1);
  for (auto row = connection.query(
           "SELECT name, digest, source, data_schema, row_count, context FROM run_inputs WHERE run_id = ? "
           "ORDER BY name, digest",
           run.id);
       row.step();)
    run.inputs.push_back(input_from(row));
}

void require_run(sql::Connection& connection, const std::string& run_id) {
  if (!connection.query("SELECT 1 FROM tracked_runs WHERE id = ?", run_id).step())
    throw Error(ErrorCode::kNotFound, fmt::format("the registry has no run '{}'", run_id));
}

void write_tags(sql::Connection& connection, const std::string& run_id,
                const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags)
    connection.run(
        "INSERT INTO run_tags (run_id, key, value) VALUES (?, ?, ?) ON CONFLICT (run_id, key) DO UPDATE SET value = "
        "excluded.value",
        run_id, key, value);
}

void write_param(sql::Connection& connection, const std::string& run_id, const std::string& key,
                 const std::string& value) {
  {
    auto known = connection.query("SELECT value FROM run_params WHERE run_id = ? AND key = ?", run_id, key);
    if (known.step()) {
      if (known.text(0) == value) return;
      throw Error(ErrorCode::kConflict,
                  fmt::format("parameter '{}' of run {} is '{}' already; a parameter is written once", key, run_id,
                              known.text(0)));
    }
  }
  connection.run("INSERT INTO run_params (run_id, key, value) VALUES (?, ?, ?)", run_id, key, value);
}

}  // namespace

TrackedRun EmbeddedRegistry::create_run(const std::string& experiment, const std::string& key, const std::string& name,
                                        const std::map<std::string, std::string>& tags,
                                        std::optional<int64_t> start_ms) {
  check_experiment(experiment);
  check_run_names(key, name);
  check_tags(tags);
  const std::string id = database_.write("create a run", [&](sql::Connection& connection) {
    std::string created = new_id();
    const bool is_new =
        connection.run(
            "INSERT INTO tracked_runs (id, experiment, idempotency_key, name, status, start_ms, end_ms) "
            "VALUES (?, ?, ?, ?, 'RUNNING', ?, 0) ON CONFLICT (experiment, idempotency_key) DO NOTHING",
            created, experiment, key, name, start_ms.value_or(now_ms())) == 1;
    if (is_new) {
      write_tags(connection, created, tags);
      return created;
    }
    auto known =
        connection.query("SELECT id FROM tracked_runs WHERE experiment = ? AND idempotency_key = ?", experiment, key);
    known.step();
    return known.string(0);
  });
  return get_run(id);
}

TrackedRun EmbeddedRegistry::get_run(const std::string& run_id) {
  return database_.read("read a run", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    auto row = connection.query(fmt::format("SELECT {} FROM tracked_runs WHERE id = ?", kRunColumns), run_id);
    row.step();
    TrackedRun run = run_from(row);
    complete(connection, run);
    run.artifact_uri = artifacts_.uri(run_id);
    return run;
  });
}

std::vector<TrackedRun> EmbeddedRegistry::list_runs(const std::string& experiment) {
  return database_.read("list runs", [&](sql::Connection& connection) {
    std::vector<TrackedRun> runs;
    {
      auto row = connection.query(
          fmt::format("SELECT {} FROM tracked_runs WHERE experiment = ? ORDER BY start_ms, id", kRunColumns),
          experiment);
      while (row.step()) runs.push_back(run_from(row));
    }
    for (auto& run : runs) {
      complete(connection, run);
      run.artifact_uri = artifacts_.uri(run.id);
    }
    return runs;
  });
}

void EmbeddedRegistry::log_params(const std::string& run_id, const std::map<std::string, std::string>& params) {
  check_params(params);
  database_.write("log parameters", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    for (const auto& [key, value] : params) write_param(connection, run_id, key, value);
  });
}

void EmbeddedRegistry::log_metrics(const std::string& run_id, const std::vector<MetricPoint>& points) {
  check_metrics(points);
  database_.write("log metrics", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    for (const auto& point : points)
      connection.run(
          "INSERT INTO run_metrics (run_id, key, step, time_ms, value) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          run_id, point.key, point.step, point.time_ms, point.value);
  });
}

std::vector<MetricPoint> EmbeddedRegistry::metric_history(const std::string& run_id, const std::string& key) {
  return database_.read("read a metric", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    std::vector<MetricPoint> points;
    auto row = connection.query(
        "SELECT value, step, time_ms FROM run_metrics WHERE run_id = ? AND key = ? ORDER BY step, time_ms, value",
        run_id, key);
    while (row.step()) points.push_back({key, row.number(0), row.integer(1), row.integer(2)});
    return points;
  });
}

void EmbeddedRegistry::log_inputs(const std::string& run_id, const std::vector<DatasetInput>& inputs) {
  check_inputs(inputs);
  database_.write("log inputs", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    for (const auto& input : inputs)
      connection.run(
          "INSERT INTO run_inputs (run_id, name, digest, source, data_schema, row_count, context) "
          "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          run_id, input.name, input.digest, input.source, input.schema, input.row_count, input.context);
  });
}

void EmbeddedRegistry::set_tags(const std::string& run_id, const std::map<std::string, std::string>& tags) {
  check_tags(tags);
  database_.write("set tags", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    write_tags(connection, run_id, tags);
  });
}

void EmbeddedRegistry::end_run(const std::string& run_id, const std::string& status, std::optional<int64_t> end_ms) {
  check_final_status(status);
  database_.write("end a run", [&](sql::Connection& connection) {
    require_run(connection, run_id);
    connection.run("UPDATE tracked_runs SET status = ?, end_ms = ? WHERE id = ?", status, end_ms.value_or(now_ms()),
                   run_id);
  });
}

void EmbeddedRegistry::put_artifact(const std::string& run_id, const std::string& path, const std::string& bytes) {
  require_known(run_id);
  artifacts_.put(run_id, path, bytes);
}

std::string EmbeddedRegistry::get_artifact(const std::string& run_id, const std::string& path) {
  require_known(run_id);
  return artifacts_.get(run_id, path);
}

std::vector<std::string> EmbeddedRegistry::list_artifacts(const std::string& run_id, const std::string& folder) {
  require_known(run_id);
  return artifacts_.list(run_id, folder);
}

void EmbeddedRegistry::require_known(const std::string& run_id) {
  database_.read("read a run", [&](sql::Connection& connection) { require_run(connection, run_id); });
}

}  // namespace veleta
