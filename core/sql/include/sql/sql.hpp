#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// SQL as the store and the embedded registry use it, on SQLite or PostgreSQL. Statements have `?` for parameters;
/// columns are BIGINT, DOUBLE PRECISION or TEXT. Every failure is an Error that names what was being done and the
/// database: busy, full, away or unreadable kUnavailable, a violated constraint kConflict, a damaged file kBadData, a
/// statement that took too long kTimeout, a user or password refused kRefused, the rest kInternal.
namespace veleta::sql {

enum class Dialect { kSqlite, kPostgres };

class StatementBackend;
class BulkInsertBackend;

/// A prepared statement with its parameters bound. Must end before its connection does.
class Statement {
 public:
  explicit Statement(std::unique_ptr<StatementBackend> backend);
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Binds the next parameter. The text must stay as it is until the statement is executed or destroyed.
  void bind(std::string_view text);
  void bind(const char* text) { bind(std::string_view(text)); }
  void bind(const std::string& text) { bind(std::string_view(text)); }
  /// NaN is bound as NULL.
  void bind(double number);
  void bind(int64_t number);
  void bind(int number) { bind(static_cast<int64_t>(number)); }
  void bind(std::nullptr_t);

  /// Goes to the next row; false: there is none.
  bool step();
  /// Runs it to its end and makes it ready for other parameters.
  void execute();

  // Columns of the row stepped to, from 0. Text is valid until the next step.
  bool is_null(int column) const;
  std::string_view text(int column) const;
  std::string string(int column) const { return std::string(text(column)); }
  /// NaN where it is NULL.
  double number(int column) const;
  int64_t integer(int column) const;

 private:
  std::unique_ptr<StatementBackend> backend_;
};

/// Many rows on their way into one table: a prepared INSERT in SQLite, COPY in PostgreSQL. Bind a row's values in the
/// order of the columns, each of its column's type; the connection does nothing else before finish(). Destroyed
/// unfinished, it leaves a transaction that can only be rolled back.
class BulkInsert {
 public:
  explicit BulkInsert(std::unique_ptr<BulkInsertBackend> backend);
  BulkInsert(BulkInsert&&) noexcept;
  BulkInsert& operator=(BulkInsert&&) = delete;
  ~BulkInsert();

  /// Binds the next value. A text must stay as it is until end_row.
  void bind(std::string_view text);
  /// NaN is bound as NULL.
  void bind(double number);
  void bind(int64_t number);
  void bind(std::nullptr_t);
  void end_row();
  /// All rows are in the table when it returns.
  void finish();

 private:
  std::unique_ptr<BulkInsertBackend> backend_;
};

enum class TransactionKind {
  kRead,   ///< one snapshot for all its statements
  kWrite,  ///< as if no other transaction ran at the time
  kSchema  ///< for changes of tables: one at a time, each statement sees what others have committed
};

/// One open connection. Not thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// A statement with `values` bound to its parameters. Prepared once for each SQL text. Its rows are in memory at once
  /// in PostgreSQL.
  template <typename... Values>
  Statement query(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    (statement.bind(values), ...);
    return statement;
  }
  /// As query, for many rows: they come in pieces, through a cursor in PostgreSQL, and the connection does nothing else
  /// before their end, or the statement's.
  template <typename... Values>
  Statement stream(std::string_view sql, const Values&... values) {
    Statement statement = prepare_stream(sql);
    (statement.bind(values), ...);
    return statement;
  }
  /// Executes a statement. Returns how many rows it changed.
  template <typename... Values>
  int64_t run(std::string_view sql, const Values&... values) {
    query(sql, values...).execute();
    return changed_count();
  }
  /// Executes any number of statements that have no parameters.
  virtual void run_script(const std::string& sql) = 0;
  virtual BulkInsert insert_into(const std::string& table, const std::vector<std::string>& columns) = 0;

  virtual Dialect dialect() const = 0;
  /// What errors say was being done: "cannot `purpose` in var/veleta.db: …".
  void set_purpose(std::string purpose) { purpose_ = std::move(purpose); }

 protected:
  Connection() = default;
  const std::string& purpose() const { return purpose_; }

 private:
  friend class Transaction;

  virtual Statement prepare(std::string_view sql) = 0;
  virtual Statement prepare_stream(std::string_view sql) = 0;
  virtual int64_t changed_count() const = 0;
  virtual void begin(TransactionKind kind) = 0;
  virtual void commit() = 0;
  virtual void roll_back() noexcept = 0;

  std::string purpose_ = "open";
};

/// A transaction, rolled back when destroyed uncommitted.
class Transaction {
 public:
  Transaction(Connection& connection, TransactionKind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

struct DatabaseOptions {
  /// How long a transaction is tried again on a server that is away, and a connection waited for.
  std::chrono::milliseconds patience{30'000};
};

class Engine;

/// A lock that one session of a PostgreSQL server holds; released when destroyed. Thread-safe.
class SessionLock {
 public:
  virtual ~SessionLock() = default;
  /// Takes the lock again where its session was lost. Throws kConflict, naming the holder, where another took it.
  virtual void hold() = 0;
};

/// A database with connections of its own. Thread-safe; several processes, and with PostgreSQL several hosts, may use
/// the same.
class Database {
 public:
  /// Opens "sqlite:///…", making the file and its folder where they are missing, or "postgresql://…"; and brings the
  /// tables of `component` up to date: script i of `migrations` leads to version i + 1, each component counts its own.
  /// In a script, "$identity" stands for the type of a column that numbers rows as they are added. Throws kUnsupported
  /// where the version found is newer than the newest script, kInvalidArgument for another uri.
  Database(const std::string& uri, const std::string& component, std::span<const char* const> migrations,
           const DatabaseOptions& options = {});
  ~Database();

  /// Runs work(Connection&) in one transaction, rolled back where it throws, and returns what it returned. In
  /// PostgreSQL the work is run again where the transaction met another, or lost its connection: it must have no effect
  /// but those in the database, and what it returns.
  template <typename Work>
  auto write(const std::string& purpose, Work&& work) {
    return transact(TransactionKind::kWrite, purpose, work);
  }
  /// As write, on a snapshot that writers do not disturb and that does not hold them up.
  template <typename Work>
  auto read(const std::string& purpose, Work&& work) {
    return transact(TransactionKind::kRead, purpose, work);
  }

  Dialect dialect() const;
  /// The file of an SQLite database; empty for another.
  const std::filesystem::path& path() const;
  /// A lock by that name between all sessions of a PostgreSQL schema. Throws kConflict, naming the holder.
  std::unique_ptr<SessionLock> lock(const std::string& purpose, const std::string& name);

 private:
  template <typename Work>
  auto transact(TransactionKind kind, const std::string& purpose, Work& work) {
    using Result = std::invoke_result_t<Work&, Connection&>;
    if constexpr (std::is_void_v<Result>) {
      run_transaction(kind, purpose, work);
    } else {
      std::optional<Result> result;
      run_transaction(kind, purpose, [&](Connection& connection) { result.emplace(work(connection)); });
      return std::move(*result);
    }
  }
  void run_transaction(TransactionKind kind, const std::string& purpose, const std::function<void(Connection&)>& work);
  void migrate(const std::string& component, std::span<const char* const> migrations);

  std::unique_ptr<Engine> engine_;
};

/// Whether the database is there and has tables of `component`; changes nothing. Throws kBadData where a file is no
/// database.
bool has_component(const std::string& uri, const std::string& component, const DatabaseOptions& options = {});

/// How a connection to an SQLite file is opened.
enum class SqliteAccess {
  kLook,  ///< reads a file that is there, whosever it is, and changes nothing in it
  kReadOnly,
  kReadWrite
};

/// A connection to an SQLite file, made where there is none (but to look). Another connection's lock is waited for up
/// to ten seconds.
///
/// The file is in WAL mode with synchronous = FULL: readers and the writer do not wait for each other, and a committed
/// transaction survives a power cut (NORMAL would lose the last ones), at the price of one sync for each.
std::unique_ptr<Connection> open_sqlite(const std::filesystem::path& path, SqliteAccess access);

/// A name as SQL takes it literally: in double quotes, those within doubled.
std::string quoted(std::string_view name);

}  // namespace veleta::sql
