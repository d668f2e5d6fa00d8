#include "sqlite_connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "veleta/error.hpp"

namespace veleta::sql {

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

/// Lent by its connection, which keeps what is prepared, and returned when destroyed.
class SqliteStatement final : public StatementBackend {
 public:
  /// `lent` is in the connection's cache; none: the statement is not kept.
  SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* handle, bool* lent)
      : connection_(connection), handle_(handle), lent_(lent) {}
  ~SqliteStatement() override {
    if (!lent_) {
      sqlite3_finalize(handle_);
      return;
    }
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    *lent_ = false;
  }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  void bind(std::string_view text) override {
    // A null pointer would bind NULL.
    const char* data = text.data() ? text.data() : "";
    check(sqlite3_bind_text64(handle_, ++bound_count_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(double number) override { check(sqlite3_bind_double(handle_, ++bound_count_, number)); }
  void bind(int64_t number) override { check(sqlite3_bind_int64(handle_, ++bound_count_, number)); }
  void bind(std::nullptr_t) override { check(sqlite3_bind_null(handle_, ++bound_count_)); }

  bool step() override {
    const int result = sqlite3_step(handle_);
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) check(result);
    return false;
  }
  void execute() override {
    while (step()) {
    }
    sqlite3_reset(handle_);
    bound_count_ = 0;
  }

  bool is_null(int column) const override { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  std::string_view text(int column) const override {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return data ? std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(handle_, column)))
                : std::string_view();
  }
  double number(int column) const override {
    return is_null(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(handle_, column);
  }
  int64_t integer(int column) const override { return sqlite3_column_int64(handle_, column); }

 private:
  void check(int result) const { connection_.check(result); }

  const SqliteConnection& connection_;
  sqlite3_stmt* handle_;
  bool* lent_;
  int bound_count_ = 0;
};

namespace {

class SqliteBulkInsert final : public BulkInsertBackend {
 public:
  explicit SqliteBulkInsert(Statement insert) : insert_(std::move(insert)) {}
  void bind(std::string_view text) override { insert_.bind(text); }
  void bind(double number) override { insert_.bind(number); }
  void bind(int64_t number) override { insert_.bind(number); }
  void bind(std::nullptr_t) override { insert_.bind(nullptr); }
  void end_row() override { insert_.execute(); }
  void finish() override {}

 private:
  Statement insert_;
};

}  // namespace

// Connection ----------------------------------------------------------------------------------------------------------

SqliteConnection::SqliteConnection(const std::filesystem::path& path, SqliteAccess access) : path_(path) {
  const int flags = access == SqliteAccess::kLook ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
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

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close_v2(handle_);
}

void SqliteConnection::configure(SqliteAccess access) {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  if (access == SqliteAccess::kLook) return;
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
  if (access == SqliteAccess::kReadOnly) run_script("PRAGMA query_only = ON");
}

void SqliteConnection::check(int result) const {
  if (result == SQLITE_OK) return;
  const char* reason = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(result);
  throw Error(error_code(result), fmt::format("cannot {} in {}: {}", purpose(), path_.string(), reason));
}

void SqliteConnection::run_script(const std::string& sql) {
  check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

Statement SqliteConnection::prepare(std::string_view sql) {
  Cached& cached = statements_[std::string(sql)];
  if (cached.handle && !cached.lent) {
    cached.lent = true;
    return Statement(std::make_unique<SqliteStatement>(*this, cached.handle, &cached.lent));
  }
  sqlite3_stmt* handle = nullptr;
  check(sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle,
                           nullptr));
  // Where the kept statement is in use, a second one is made that is not kept.
  if (cached.handle) return Statement(std::make_unique<SqliteStatement>(*this, handle, nullptr));
  cached = {handle, true};
  return Statement(std::make_unique<SqliteStatement>(*this, handle, &cached.lent));
}

BulkInsert SqliteConnection::insert_into(const std::string& table, const std::vector<std::string>& columns) {
  std::string names, places;
  for (const auto& column : columns) {
    names += (names.empty() ? "" : ", ") + sql::quoted(column);
    places += places.empty() ? "?" : ", ?";
  }
  return BulkInsert(std::make_unique<SqliteBulkInsert>(
      prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", sql::quoted(table), names, places))));
}

int64_t SqliteConnection::changed_count() const { return sqlite3_changes64(handle_); }

void SqliteConnection::begin(TransactionKind kind) {
  // Who writes waits for its turn at once, so that it never fails half way for another writer.
  run(kind == TransactionKind::kRead ? "BEGIN" : "BEGIN IMMEDIATE");
}

void SqliteConnection::commit() { run("COMMIT"); }

void SqliteConnection::roll_back() noexcept {
  // Some errors, a full disk among them, have rolled it back already.
  if (!sqlite3_get_autocommit(handle_)) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

std::unique_ptr<Connection> open_sqlite(const std::filesystem::path& path, SqliteAccess access) {
  return std::make_unique<SqliteConnection>(path, access);
}

}  // namespace veleta::sql
