#include <fmt/format.h>

#include "base/clock.hpp"
#include "sql_rows.hpp"
#include "sql_store.hpp"

// Runs, steps and decisions.
namespace veleta {

namespace {

using sql::Connection;
using sql::Statement;

constexpr const char* kRunColumns =
    "SELECT id, pipeline, state, outcome, sentence, batch_id, attempt, started_ms, finished_ms FROM runs";

RunRecord run_of(const Statement& row) {
  RunRecord run;
  run.id = row.text(0);
  run.pipeline = row.text(1);
  run.state = parse_run_state(row.text(2));
  run.outcome = row.text(3);
  run.sentence = row.text(4);
  run.batch_id = row.text(5);
  run.attempt = static_cast<int>(row.integer(6));
  run.started_ms = row.integer(7);
  run.finished_ms = row.integer(8);
  return run;
}

std::vector<RunRecord> runs_of(Statement rows) {
  std::vector<RunRecord> runs;
  while (rows.step()) runs.push_back(run_of(rows));
  return runs;
}

constexpr const char* kDecisionColumns =
    "SELECT run_id, pipeline, batch_id, action, outcome, sentence, model_version, record, decided_ms FROM decisions";

DecisionRecord decision_of(const Statement& row) {
  DecisionRecord decision;
  decision.run_id = row.text(0);
  decision.pipeline = row.text(1);
  decision.batch_id = row.text(2);
  decision.action = row.text(3);
  decision.outcome = row.text(4);
  decision.sentence = row.text(5);
  decision.model_version = row.text(6);
  decision.record = parse_json(row.text(7), "the decision of run " + decision.run_id).as_object();
  decision.decided_ms = row.integer(8);
  return decision;
}

}  // namespace

std::optional<RunRecord> select_run(Connection& connection, const std::string& run_id) {
  auto row = connection.query(std::string(kRunColumns) + " WHERE id = ?", run_id);
  if (!row.step()) return std::nullopt;
  return run_of(row);
}

void throw_no_run(const std::string& run_id) {
  throw Error(ErrorCode::kNotFound, fmt::format("the store has no run '{}'", run_id));
}

void insert_step(Connection& connection, const std::string& run_id, const StepRecord& step) {
  connection.run(
      "INSERT INTO steps (run_id, name, output, started_ms, finished_ms) VALUES (?, ?, ?, ?, ?)"
      " ON CONFLICT (run_id, name) DO NOTHING",
      run_id, step.name, json::serialize(step.output), step.started_ms, step.finished_ms);
}

void replace_decision(Connection& connection, const DecisionRecord& decision) {
  const std::string record = json::serialize(decision.record);
  connection.run("DELETE FROM decisions WHERE run_id = ?", decision.run_id);
  connection.run(
      "INSERT INTO decisions (run_id, pipeline, batch_id, action, outcome, sentence, model_version, record, decided_ms)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      decision.run_id, decision.pipeline, decision.batch_id, decision.action, decision.outcome, decision.sentence,
      decision.model_version, record, decision.decided_ms);
}

RunRecord SqlStore::start_run(const std::string& pipeline, const std::string& run_id) {
  if (pipeline.empty() || run_id.empty())
    throw Error(ErrorCode::kInvalidArgument, "a run needs an id and the name of its pipeline");
  return write(fmt::format("start run '{}'", run_id), [&](Connection& connection) {
    const auto known = select_run(connection, run_id);
    if (known && known->pipeline != pipeline)
      throw Error(ErrorCode::kConflict,
                  fmt::format("run '{}' is one of pipeline '{}', not of '{}'", run_id, known->pipeline, pipeline));
    if (known && known->state == RunState::kSucceeded) return *known;
    if (known)
      connection.run(
          "UPDATE runs SET state = 'running', outcome = '', sentence = '', attempt = attempt + 1, finished_ms = 0"
          " WHERE id = ?",
          run_id);
    else
      connection.run("INSERT INTO runs (id, pipeline, state, started_ms) VALUES (?, ?, 'running', ?)", run_id, pipeline,
                     now_ms());
    return select_run(connection, run_id).value();
  });
}

std::optional<RunRecord> SqlStore::find_run(const std::string& run_id) {
  return database_.read(fmt::format("read run '{}'", run_id),
                        [&](Connection& connection) { return select_run(connection, run_id); });
}

std::vector<RunRecord> SqlStore::unfinished_runs(const std::string& pipeline) {
  return database_.read(fmt::format("read the runs of '{}'", pipeline), [&](Connection& connection) {
    return runs_of(connection.query(
        std::string(kRunColumns) + " WHERE pipeline = ? AND state = 'running' ORDER BY number", pipeline));
  });
}

std::vector<RunRecord> SqlStore::undecided_runs(const std::string& pipeline) {
  return database_.read(fmt::format("read the runs of '{}'", pipeline), [&](Connection& connection) {
    return runs_of(connection.query(std::string(kRunColumns) +
                                        " WHERE pipeline = ? AND batch_id <> '' AND state <> 'succeeded' AND NOT EXISTS"
                                        " (SELECT 1 FROM decisions WHERE decisions.run_id = runs.id) ORDER BY number",
                                    pipeline));
  });
}

std::vector<RunRecord> SqlStore::list_runs(const std::string& pipeline, int limit, int offset) {
  return database_.read(fmt::format("read the runs of '{}'", pipeline), [&](Connection& connection) {
    return runs_of(
        connection.query(std::string(kRunColumns) + " WHERE pipeline = ? ORDER BY number DESC LIMIT ? OFFSET ?",
                         pipeline, limit, offset));
  });
}

void SqlStore::finish_run(const std::string& run_id, RunState state, const std::string& outcome,
                          const std::string& sentence, const DecisionRecord* decision,
                          const std::vector<Event>& events) {
  if (state == RunState::kRunning)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("run '{}' cannot finish in the state 'running'", run_id));
  if (decision && decision->run_id != run_id)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("run '{}' cannot finish with the decision of run '{}'", run_id, decision->run_id));
  write(fmt::format("finish run '{}'", run_id), [&](Connection& connection) {
    const int64_t updated =
        connection.run("UPDATE runs SET state = ?, outcome = ?, sentence = ?, finished_ms = ? WHERE id = ?",
                       to_string(state), outcome, sentence, now_ms(), run_id);
    if (updated == 0) throw_no_run(run_id);
    if (decision) replace_decision(connection, *decision);
    for (const auto& event : events) insert_event(connection, event);
  });
}

void SqlStore::finish_step(const std::string& run_id, const StepRecord& step) {
  write(fmt::format("finish step '{}' of run '{}'", step.name, run_id), [&](Connection& connection) {
    if (!select_run(connection, run_id)) throw_no_run(run_id);
    insert_step(connection, run_id, step);
  });
}

std::vector<StepRecord> SqlStore::steps(const std::string& run_id) {
  return database_.read(fmt::format("read the steps of run '{}'", run_id), [&](Connection& connection) {
    std::vector<StepRecord> steps;
    auto rows = connection.query(
        "SELECT name, output, started_ms, finished_ms FROM steps WHERE run_id = ? ORDER BY number", run_id);
    while (rows.step())
      steps.push_back({rows.string(0), parse_json(rows.text(1), "the output of step " + rows.string(0)).as_object(),
                       rows.integer(2), rows.integer(3)});
    return steps;
  });
}

void SqlStore::forget_steps(const std::string& run_id, const std::string& from) {
  write(fmt::format("forget steps of run '{}'", run_id), [&](Connection& connection) {
    connection.run(
        "DELETE FROM steps WHERE run_id = ? AND number >="
        " (SELECT number FROM steps AS first WHERE first.run_id = ? AND first.name = ?)",
        run_id, run_id, from);
  });
}

std::optional<DecisionRecord> SqlStore::find_decision(const std::string& run_id) {
  return database_.read(fmt::format("read the decision of run '{}'", run_id), [&](Connection& connection) {
    std::optional<DecisionRecord> decision;
    auto row = connection.query(std::string(kDecisionColumns) + " WHERE run_id = ?", run_id);
    if (row.step()) decision = decision_of(row);
    return decision;
  });
}

std::vector<DecisionRecord> SqlStore::list_decisions(const std::string& pipeline, int limit, int offset) {
  return database_.read(fmt::format("read the decisions of '{}'", pipeline), [&](Connection& connection) {
    std::vector<DecisionRecord> decisions;
    auto rows =
        connection.query(std::string(kDecisionColumns) + " WHERE pipeline = ? ORDER BY number DESC LIMIT ? OFFSET ?",
                         pipeline, limit, offset);
    while (rows.step()) decisions.push_back(decision_of(rows));
    return decisions;
  });
}

}  // namespace veleta
