#include <fmt/format.h>
#include <sqlite3.h>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "sqlite/sqlite.hpp"
#include "veleta/error.hpp"

namespace veleta::sqlite {

namespace {

constexpr int kBusyTimeoutMs = 10'000;

ErrorCode error_code(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return ErrorCode::kUnavailable;
    case SQLITE_CONSTRAINT: return ErrorCode::kConflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kBadData;
    default: return ErrorCode::kInternal;
  }
}

}  // namespace

// Statement -----------------------------------------------------------------------------------------------------------

Statement::Statement(Connection& connection, sqlite3_stmt* handle, bool* lent)
    : connection_(&connection), handle_(handle), lent_(lent) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      lent_(other.lent_),
      bound_count_(other.bound_count_) {}

Statement::~Statement() {
  if (!handle_) return;
  if (!lent_) {
    sqlite3_finalize(handle_);
    return;
  }
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  *lent_ = false;
}

void Statement::check(int result) const { connection_->check(result); }

void Statement::bind(std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() ? text.data() : "";
  check(sqlite3_bind_text64(handle_, ++bound_count_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(double number) { check(sqlite3_bind_double(handle_, ++bound_count_, number)); }
void Statement::bind(int64_t number) { check(sqlite3_bind_int64(handle_, ++bound_count_, number)); }
void Statement::bind(std::nullptr_t) { check(sqlite3_bind_null(handle_, ++bound_count_)); }

bool Statement::step() {
  const int result = sqlite3_step(handle_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) check(result);
  return false;
}

void Statement::execute() {
  while (step()) {
  }
  sqlite3_reset(handle_);
  bound_count_ = 0;
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return data ? std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(handle_, column))) : std::string_view();
}

double Statement::number(int column) const {
  return is_null(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(handle_, column);
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

// Connection ----------------------------------------------------------------------------------------------------------

Connection::Connection(const std::filesystem::path& path, Access access) : path_(path) {
  const int flags = access == Access::kLook ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int result =
      sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  try {
    check(result);
    configure(access);
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close_v2(handle_);
}

void Connection::configure(Access access) {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  if (access == Access::kLook) return;
  // Turning a new file to WAL does not wait for others that are doing the same, so it is tried again.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyTimeoutMs);
  int result = SQLITE_BUSY;
  while ((result = sqlite3_exec(handle_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr)) != SQLITE_OK) {
    if ((result & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() > give_up) check(result);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  run_script(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000;"
      "PRAGMA journal_size_limit = 67108864;");
  if (access == Access::kReadOnly) run_script("PRAGMA query_only = ON");
}

void Connection::check(int result) const {
  if (result == SQLITE_OK) return;
  const char* reason = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(result);
  throw Error(error_code(result), fmt::format("cannot {} in {}: {}", purpose_, path_.string(), reason));
}

void Connection::run_script(const std::string& sql) {
  check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

Statement Connection::prepare(std::string_view sql) {
  Cached& cached = statements_[std::string(sql)];
  if (cached.handle && !cached.lent) {
    cached.lent = true;
    return {*this, cached.handle, &cached.lent};
  }
  sqlite3_stmt* handle = nullptr;
  check(sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle,
                           nullptr));
  // Where the kept statement is in use, a second one is made that is not kept.
  if (cached.handle) return {*this, handle, nullptr};
  cached = {handle, true};
  return {*this, handle, &cached.lent};
}

int64_t Connection::changed_count() const { return sqlite3_changes64(handle_); }

void Connection::roll_back() noexcept {
  // Some errors, a full disk among them, have rolled it back already.
  if (!sqlite3_get_autocommit(handle_)) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

// Transaction ---------------------------------------------------------------------------------------------------------

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  connection_.run(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (open_) connection_.roll_back();
}

void Transaction::commit() {
  connection_.run("COMMIT");
  open_ = false;
}

}  // namespace veleta::sqlite
