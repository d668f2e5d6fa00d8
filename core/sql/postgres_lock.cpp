#include "postgres_lock.hpp"

#include <fmt/format.h>
#include <thread>

#include "base/digest.hpp"

namespace veleta::sql {

namespace {

/// The server needs a moment to notice that a holder has died.
constexpr std::chrono::milliseconds kGrace{500}, kPause{20};

/// Locks are the database's; here each schema has its own.
int64_t key_of(Connection& session, const std::string& name) {
  auto schema = session.query("SELECT coalesce(current_schema()::text, '')");
  schema.step();
  return static_cast<int64_t>(hash64(schema.string(0) + '\0' + name));
}

bool try_lock(Connection& session, int64_t key) {
  auto row = session.query("SELECT pg_try_advisory_lock(?)", key);
  row.step();
  return row.integer(0) != 0;
}

/// "veleta HOST pid N since TIME", which is hidden from who may not see the sessions of the holder's role.
std::string holder_of(Connection& session, int64_t key) {
  auto row = session.query(
      "SELECT coalesce(nullif(application_name, ''), 'another session'),"
      " coalesce(to_char(backend_start, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), 'an unknown time')"
      " FROM pg_locks JOIN pg_stat_activity USING (pid)"
      " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
      " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
      " AND classid = ((?::bigint >> 32) & 4294967295)::oid AND objid = (?::bigint & 4294967295)::oid",
      key, key);
  return row.step() ? fmt::format("{} since {}", row.text(0), row.text(1)) : "another session";
}

}  // namespace

PostgresLock::PostgresLock(PostgresSettings settings, std::string purpose, std::string name)
    : settings_(std::move(settings)), purpose_(std::move(purpose)), name_(std::move(name)) {
  take();
}

void PostgresLock::hold() {
  const std::lock_guard lock(mutex_);
  if (session_ && session_->is_alive()) return;
  session_.reset();
  take();
}

void PostgresLock::take() {
  auto session = std::make_unique<PostgresConnection>(settings_, "take a lock");
  const int64_t key = key_of(*session, name_);
  const auto give_up = std::chrono::steady_clock::now() + kGrace;
  while (!try_lock(*session, key)) {
    if (std::chrono::steady_clock::now() >= give_up)
      throw Error(ErrorCode::kConflict,
                  fmt::format("{} by {} ({})", purpose_, holder_of(*session, key), settings_.place));
    std::this_thread::sleep_for(kPause);
  }
  session_ = std::move(session);
}

}  // namespace veleta::sql
