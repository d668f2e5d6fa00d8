#include "sql_run_queue.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "request_json.hpp"
#include "sql_rows.hpp"

// Requests, and the runners that take them.
namespace veleta {

namespace {

using sql::Connection;
using sql::Statement;

/// A runner that has not told for so long is gone. They tell more often.
constexpr int64_t kRunnerGone_ms = 60'000;
/// As run ids have it.
constexpr size_t kLongestRunId_bytes = 250;
constexpr size_t kEventSentence_bytes = 500;

constexpr const char* kColumns = "SELECT number, record FROM requests";

RunRequest request_of(const Statement& row) {
  RunRequest request = request_from_text(row.text(1));
  request.number = row.integer(0);
  return request;
}

std::optional<RunRequest> first_of(Statement rows) {
  if (!rows.step()) return std::nullopt;
  return request_of(rows);
}

std::optional<RunRequest> select_request(Connection& connection, const std::string& pipeline, const std::string& id) {
  return first_of(connection.query(std::string(kColumns) + " WHERE pipeline = ? AND id = ?", pipeline, id));
}

[[noreturn]] void throw_no_request(const std::string& pipeline, const std::string& id) {
  throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no request '{}'", pipeline, id));
}

void update(Connection& connection, const RunRequest& request) {
  const std::string record = to_text(request);
  connection.run("UPDATE requests SET state = ?, not_before_ms = ?, lease_until_ms = ?, record = ? WHERE number = ?",
                 to_string(request.state), request.not_before_ms, request.lease_until_ms, record, request.number);
}

void insert(Connection& connection, RunRequest& request, const std::string& body) {
  const std::string record = to_text(request);
  auto row = connection.query(
      "INSERT INTO requests (pipeline, id, kind, run_id, exclusive, priority, state, not_before_ms, lease_until_ms,"
      " record, body) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?) RETURNING number",
      request.pipeline, request.id, to_string(request.kind), request.run_id, is_exclusive(request.kind) ? 1 : 0,
      request.priority, to_string(request.state), record, body);
  row.step();
  request.number = row.integer(0);
}

/// What others may want to know of the state that a request is in now.
void tell_state(Connection& connection, const RunRequest& request) {
  const bool runs = request.state == RequestState::kRunning;
  Event event;
  event.kind = runs ? "started" : to_string(request.state);
  event.pipeline = request.pipeline;
  event.run_id = request.id;
  event.data = {{"kind", to_string(request.kind)}, {"attempt", request.attempt}};
  if (runs) event.data["runner"] = request.runner;
  if (is_ended(request.state)) {
    event.data["outcome"] = request.end.outcome;
    event.data["sentence"] = clipped(request.end.sentence, kEventSentence_bytes);
    if (!request.end.error_code.empty()) event.data["error"] = request.end.error_code;
  }
  insert_event(connection, event);
}

/// The request's id, unless a run of another pipeline has it, or will have.
std::string run_id_for(Connection& connection, const NewRequest& asked) {
  if (asked.kind != RequestKind::kRun) return "";
  auto taken = connection.query(
      "SELECT 1 FROM runs WHERE id = ? AND pipeline <> ? UNION ALL"
      " SELECT 1 FROM requests WHERE run_id = ? AND pipeline <> ?",
      asked.id, asked.pipeline, asked.id, asked.pipeline);
  if (!taken.step()) return asked.id;
  const std::string own = asked.pipeline + "." + asked.id;
  return own.size() <= kLongestRunId_bytes ? own : new_id();
}

/// The first of those that are too many. The index requests_under_way is made for this: it has what is asked for in its
/// order and no more, so that no database, however little it knows of the table yet, goes through what has ended.
std::optional<RunRequest> in_the_way(Connection& connection, const NewRequest& asked) {
  if (!asked.max_before || !is_exclusive(asked.kind)) return std::nullopt;
  return first_of(connection.query(
      std::string(kColumns) +
          " WHERE state IN ('queued', 'running') AND pipeline = ? AND exclusive = 1 ORDER BY number LIMIT 1 OFFSET ?",
      asked.pipeline, *asked.max_before));
}

Submission submit_in(Connection& connection, const NewRequest& asked) {
  if (auto known = select_request(connection, asked.pipeline, asked.id)) {
    if (known->digest != asked.digest || known->kind != asked.kind) return {Submitted::kDiffers, *known};
    const int before = known->attempt;
    const bool again = ask_again(*known, asked.attempt, now_ms());
    if (known->attempt != before) update(connection, *known);
    if (again) tell_state(connection, *known);
    return {again ? Submitted::kTriedAgain : Submitted::kRepeated, *known};
  }
  if (const auto other = in_the_way(connection, asked)) return {Submitted::kBusy, *other};
  RunRequest request;
  request.pipeline = asked.pipeline;
  request.id = asked.id;
  request.kind = asked.kind;
  request.run_id = run_id_for(connection, asked);
  request.digest = asked.digest;
  request.priority = asked.priority;
  request.attempt = asked.attempt;
  request.asked_ms = request.queued_ms = now_ms();
  insert(connection, request, asked.body);
  tell_state(connection, request);
  return {Submitted::kCreated, request};
}

/// Two runners may look for work at once: what one is about to take, the other passes over.
std::string passing_over_locked(const Connection& connection) {
  return connection.dialect() == sql::Dialect::kPostgres ? " FOR UPDATE OF requests SKIP LOCKED" : "";
}

std::optional<RunRequest> next_abandoned(Connection& connection, const std::string& runner, const std::string& lock) {
  return first_of(connection.query(
      std::string(kColumns) +
          " WHERE state = 'running' AND lease_until_ms < ?"
          " AND pipeline IN (SELECT pipeline FROM runner_pipelines WHERE runner = ?) ORDER BY number LIMIT 1" +
          lock,
      now_ms(), runner));
}

std::optional<RunRequest> next_queued(Connection& connection, const std::string& runner, const std::string& lock) {
  return first_of(connection.query(
      std::string(kColumns) +
          " WHERE state = 'queued' AND not_before_ms <= ?"
          " AND pipeline IN (SELECT pipeline FROM runner_pipelines WHERE runner = ?)"
          " AND (exclusive = 0 OR NOT EXISTS (SELECT 1 FROM requests AS other WHERE other.pipeline = requests.pipeline"
          " AND other.state = 'running' AND other.exclusive = 1))"
          " ORDER BY priority DESC,"
          " COALESCE((SELECT turn FROM pipeline_turns WHERE pipeline_turns.pipeline = requests.pipeline), 0),"
          " number LIMIT 1" +
          lock,
      now_ms(), runner));
}

void note_turn(Connection& connection, const std::string& pipeline) {
  connection.run(
      "INSERT INTO pipeline_turns (pipeline, turn) VALUES (?, (SELECT COALESCE(MAX(turn), 0) + 1 FROM pipeline_turns))"
      " ON CONFLICT (pipeline) DO UPDATE SET turn = excluded.turn",
      pipeline);
}

}  // namespace

std::vector<RunRequest> requests_of(Statement rows) {
  std::vector<RunRequest> requests;
  while (rows.step()) requests.push_back(request_of(rows));
  return requests;
}

void SqlRunQueue::announce(const std::string& runner, const std::vector<PipelineCard>& pipelines) {
  database_.write(fmt::format("announce the pipelines of runner '{}'", runner), [&](Connection& connection) {
    const int64_t now = now_ms();
    connection.run("DELETE FROM runner_pipelines WHERE runner = ?", runner);
    for (const auto& card : pipelines) {
      connection.run("DELETE FROM runner_pipelines WHERE pipeline = ? AND (is_live = 0 OR told_ms < ?)", card.name,
                     now - kRunnerGone_ms);
      const std::string text = to_text(card);
      connection.run("INSERT INTO runner_pipelines (runner, pipeline, card, told_ms, is_live) VALUES (?, ?, ?, ?, 1)",
                     runner, card.name, text, now);
    }
  });
}

void SqlRunQueue::withdraw(const std::string& runner) {
  database_.write(fmt::format("withdraw runner '{}'", runner), [&](Connection& connection) {
    connection.run("UPDATE runner_pipelines SET is_live = 0 WHERE runner = ?", runner);
  });
}

std::vector<PipelineCard> SqlRunQueue::pipelines() {
  return database_.read("read the pipelines", [&](Connection& connection) {
    std::vector<PipelineCard> cards;
    auto rows = connection.query(
        "SELECT card, told_ms, is_live FROM runner_pipelines ORDER BY pipeline, is_live DESC, told_ms DESC");
    while (rows.step()) {
      PipelineCard card = card_from_text(rows.text(0));
      if (!cards.empty() && cards.back().name == card.name) continue;
      card.seen_ms = rows.integer(2) != 0 ? rows.integer(1) : 0;
      card.has_runner = card.seen_ms >= now_ms() - kRunnerGone_ms;
      cards.push_back(std::move(card));
    }
    return cards;
  });
}

Submission SqlRunQueue::submit(const NewRequest& request) {
  if (request.pipeline.empty() || request.id.empty())
    throw Error(ErrorCode::kInvalidArgument, "a request needs an id and the name of its pipeline");
  return database_.write(fmt::format("submit request '{}'", request.id),
                         [&](Connection& connection) { return submit_in(connection, request); });
}

std::optional<RunRequest> SqlRunQueue::find(const std::string& pipeline, const std::string& id) {
  return database_.read(fmt::format("read request '{}'", id),
                        [&](Connection& connection) { return select_request(connection, pipeline, id); });
}

std::string SqlRunQueue::body(const std::string& pipeline, const std::string& id) {
  return database_.read(fmt::format("read the body of request '{}'", id), [&](Connection& connection) {
    auto row = connection.query("SELECT body FROM requests WHERE pipeline = ? AND id = ?", pipeline, id);
    if (!row.step()) throw_no_request(pipeline, id);
    return row.string(0);
  });
}

std::vector<RunRequest> SqlRunQueue::list(const RequestFilter& filter) {
  return database_.read(fmt::format("list the requests of '{}'", filter.pipeline), [&](Connection& connection) {
    std::string sql = std::string(kColumns) + " WHERE pipeline = ?";
    if (filter.state) sql.append(" AND state = ?");
    if (filter.kind) sql.append(" AND kind = ?");
    if (filter.before) sql.append(" AND number < ?");
    auto rows = connection.query(sql + " ORDER BY number DESC LIMIT ?", filter.pipeline);
    if (filter.state) rows.bind(to_string(*filter.state));
    if (filter.kind) rows.bind(to_string(*filter.kind));
    if (filter.before) rows.bind(*filter.before);
    rows.bind(filter.limit);
    return requests_of(std::move(rows));
  });
}

template <typename Rule>
RunRequest SqlRunQueue::change(const char* verb, const std::string& pipeline, const std::string& id, Rule rule) {
  return database_.write(fmt::format("{} request '{}'", verb, id), [&](Connection& connection) {
    auto request = select_request(connection, pipeline, id);
    if (!request) throw_no_request(pipeline, id);
    const RequestState before = request->state;
    if (rule(*request)) update(connection, *request);
    if (request->state != before) tell_state(connection, *request);
    return *request;
  });
}

RunRequest SqlRunQueue::cancel(const std::string& pipeline, const std::string& id) {
  return change("cancel", pipeline, id, [](RunRequest& request) { return veleta::cancel(request, now_ms()); });
}

RunRequest SqlRunQueue::retry(const std::string& pipeline, const std::string& id) {
  return change("retry", pipeline, id, [](RunRequest& request) { return veleta::retry(request, now_ms()); });
}

std::optional<RunRequest> SqlRunQueue::claim(const std::string& runner, int64_t lease_ms) {
  // Most looks find nothing, and are not to keep writers waiting.
  const bool may_find = database_.read("look for a request", [&](Connection& connection) {
    return next_abandoned(connection, runner, "") || next_queued(connection, runner, "");
  });
  if (!may_find) return std::nullopt;
  try {
    return database_.write("claim a request", [&](Connection& connection) -> std::optional<RunRequest> {
      while (true) {
        auto request = next_abandoned(connection, runner, passing_over_locked(connection));
        if (!request) request = next_queued(connection, runner, passing_over_locked(connection));
        if (!request) return std::nullopt;
        const bool is_first = request->started_ms == 0;
        const bool taken = veleta::claim(*request, runner, now_ms(), lease_ms);
        update(connection, *request);
        if (is_first || !taken) tell_state(connection, *request);
        if (!taken) continue;
        note_turn(connection, request->pipeline);
        return request;
      }
    });
  } catch (const Error& error) {
    // Another runner took a request of that pipeline at the same moment.
    if (error.code() == ErrorCode::kConflict) return std::nullopt;
    throw;
  }
}

std::vector<RunRequest> SqlRunQueue::renew(const std::vector<Claim>& claims, int64_t lease_ms) {
  std::vector<RunRequest> held;
  if (claims.empty()) return held;
  return database_.write("renew leases", [&](Connection& connection) {
    std::vector<RunRequest> requests;
    for (const auto& claim : claims) {
      auto request = select_request(connection, claim.pipeline, claim.id);
      if (!request || !is_held(*request, claim.runner, claim.number)) continue;
      veleta::renew(*request, now_ms(), lease_ms);
      update(connection, *request);
      requests.push_back(std::move(*request));
    }
    return requests;
  });
}

template <typename Rule>
bool SqlRunQueue::change_held(const char* verb, const Claim& claim, Rule rule) {
  return database_.write(fmt::format("{} request '{}'", verb, claim.id), [&](Connection& connection) {
    auto request = select_request(connection, claim.pipeline, claim.id);
    if (!request || !is_held(*request, claim.runner, claim.number)) return false;
    const std::string step = request->progress.step;
    rule(*request);
    update(connection, *request);
    if (is_ended(request->state))
      tell_state(connection, *request);
    else if (request->state == RequestState::kRunning && request->progress.step != step)
      insert_event(connection, {0, 0, "step", claim.pipeline, claim.id, {{"step", request->progress.step}}});
    return true;
  });
}

bool SqlRunQueue::report(const Claim& claim, const RequestProgress& progress) {
  return change_held("report on", claim, [&](RunRequest& request) { request.progress = progress; });
}

bool SqlRunQueue::finish(const Claim& claim, const RequestEnd& end) {
  if (!is_ended(end.state))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("request '{}' cannot finish in the state '{}'", claim.id, to_string(end.state)));
  return change_held("finish", claim, [&](RunRequest& request) { veleta::finish(request, end, now_ms()); });
}

bool SqlRunQueue::put_back(const Claim& claim, int64_t delay_ms) {
  return change_held("put back", claim, [&](RunRequest& request) {
    const int64_t now = now_ms();
    veleta::put_back(request, now, now + delay_ms);
  });
}

}  // namespace veleta
