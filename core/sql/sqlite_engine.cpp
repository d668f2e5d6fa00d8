#include "sqlite_engine.hpp"

#include <fmt/format.h>

#include "veleta/error.hpp"

namespace veleta::sql {

namespace {

/// More readers than so many at once are opened and closed again.
constexpr size_t kIdleReaderCount = 8;

std::filesystem::path with_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    throw Error(ErrorCode::kUnavailable,
                fmt::format("cannot make the folder of {}: {}", path.string(), error.message()));
  return path;
}

void run_on(Connection& connection, TransactionKind kind, const std::string& purpose,
            const std::function<void(Connection&)>& work) {
  connection.set_purpose(purpose);
  Transaction transaction(connection, kind);
  work(connection);
  transaction.commit();
}

}  // namespace

SqliteEngine::SqliteEngine(const std::filesystem::path& path)
    : path_(with_folder(path)), writer_(open_sqlite(path_, SqliteAccess::kReadWrite)) {}

void SqliteEngine::run_transaction(TransactionKind kind, const std::string& purpose,
                                   const std::function<void(Connection&)>& work) {
  if (kind != TransactionKind::kRead) {
    const std::lock_guard lock(writer_mutex_);
    return run_on(*writer_, kind, purpose, work);
  }
  // Whatever happens, the connection is returned.
  const auto give_back = [this](Connection* reader) { return_reader(std::unique_ptr<Connection>(reader)); };
  const std::unique_ptr<Connection, decltype(give_back)> reader(borrow_reader().release(), give_back);
  run_on(*reader, kind, purpose, work);
}

std::unique_ptr<SessionLock> SqliteEngine::lock(const std::string&, const std::string&) {
  throw Error(ErrorCode::kUnsupported, "an SQLite file has no sessions to hold a lock");
}

std::unique_ptr<Connection> SqliteEngine::borrow_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      std::unique_ptr<Connection> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  return open_sqlite(path_, SqliteAccess::kReadOnly);
}

void SqliteEngine::return_reader(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(readers_mutex_);
  if (idle_readers_.size() < kIdleReaderCount) idle_readers_.push_back(std::move(connection));
}

}  // namespace veleta::sql
