#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

/// SQLite as the embedded store and registry use it. Every failure is an Error that names what was being done and the
/// database: busy, full, unreadable and unwritable files kUnavailable, a violated constraint kConflict, a damaged file
/// kBadData, the rest kInternal.
namespace veleta::sqlite {

class Connection;

/// A prepared statement with its parameters bound, lent by its connection and returned when destroyed.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
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
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* handle, bool* lent);

  void check(int result) const;

  Connection* connection_;
  sqlite3_stmt* handle_;
  bool* lent_;  // in the connection's cache; none: the statement is not kept
  int bound_count_ = 0;
};

/// One open connection. Not thread-safe.
///
/// The database is in WAL mode with synchronous = FULL: readers and the writer do not wait for each other, and a
/// committed transaction survives a power cut (NORMAL would lose the last ones), at the price of one sync for each.
class Connection {
 public:
  enum class Access {
    kLook,  ///< reads a file that is there, whosever it is, and changes nothing in it
    kReadOnly,
    kReadWrite
  };

  /// Opens the file, making it where there is none (but to look). Another connection's lock is waited for up to ten
  /// seconds.
  Connection(const std::filesystem::path& path, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// A statement with `values` bound to its parameters. Prepared once for each SQL text.
  template <typename... Values>
  Statement query(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
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
  void run_script(const std::string& sql);

  /// What errors say was being done: "cannot `purpose` in var/veleta.db: …".
  void set_purpose(std::string purpose) { purpose_ = std::move(purpose); }

 private:
  friend class Statement;
  friend class Transaction;

  Statement prepare(std::string_view sql);
  int64_t changed_count() const;
  void check(int result) const;
  void configure(Access access);
  void roll_back() noexcept;

  struct Cached {
    sqlite3_stmt* handle = nullptr;
    bool lent = false;
  };

  std::filesystem::path path_;
  std::string purpose_ = "open";
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, Cached> statements_;
};

/// A transaction, rolled back when destroyed uncommitted.
class Transaction {
 public:
  enum class Kind {
    kRead,   ///< one snapshot for all its statements
    kWrite,  ///< waits for its turn to write at once, so that it never fails half way for another writer
  };
  Transaction(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

/// A database file with one connection that writes and as many that read as threads want at a time. Thread-safe;
/// several processes may have the file open.
class Database {
 public:
  /// Opens the file, making it and its folder where they are missing, and brings the tables of `component` up to date:
  /// script i of `migrations` leads to version i + 1, each component of a file counts its own. Throws kUnsupported
  /// where the file's version is newer than the newest script.
  Database(const std::filesystem::path& path, const std::string& component, std::span<const char* const> migrations);

  /// Runs work(Connection&) in one transaction, rolled back where it throws, and returns what it returned.
  template <typename Work>
  auto write(std::string purpose, Work&& work) {
    const std::lock_guard lock(writer_mutex_);
    return transact(writer_, Transaction::Kind::kWrite, std::move(purpose), work);
  }
  /// As write, on a snapshot that writers do not disturb and that does not hold them up.
  template <typename Work>
  auto read(std::string purpose, Work&& work) {
    const Reader reader = borrow_reader();
    return transact(*reader, Transaction::Kind::kRead, std::move(purpose), work);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  struct ReturnReader {
    Database* database;
    void operator()(Connection* connection) const { database->return_reader(connection); }
  };
  using Reader = std::unique_ptr<Connection, ReturnReader>;

  template <typename Work>
  static auto transact(Connection& connection, Transaction::Kind kind, std::string purpose, Work& work) {
    connection.set_purpose(std::move(purpose));
    Transaction transaction(connection, kind);
    if constexpr (std::is_void_v<std::invoke_result_t<Work&, Connection&>>) {
      work(connection);
      transaction.commit();
    } else {
      auto result = work(connection);
      transaction.commit();
      return result;
    }
  }

  void migrate(const std::string& component, std::span<const char* const> migrations);
  Reader borrow_reader();
  void return_reader(Connection* connection);

  std::filesystem::path path_;
  std::mutex writer_mutex_;
  Connection writer_;  // guarded by writer_mutex_
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;  // guarded by readers_mutex_
};

/// Whether the file is there and has tables of `component`; changes nothing. Throws kBadData where it is no database.
bool has_component(const std::filesystem::path& path, const std::string& component);

/// The absolute path in "sqlite:///relative/path" or "sqlite:////absolute/path". Throws kInvalidArgument for anything
/// else.
std::filesystem::path path_of_uri(const std::string& uri);

/// A name as SQL takes it literally: in double quotes, those within doubled.
std::string quoted(std::string_view name);

}  // namespace veleta::sqlite
