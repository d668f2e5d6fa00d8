#pragma once

#include <mutex>

#include "backend.hpp"

namespace veleta::sql {

/// A database file with one connection that writes and as many that read as threads want at a time.
class SqliteEngine final : public Engine {
 public:
  /// Opens the file, making it and its folder where they are missing.
  explicit SqliteEngine(const std::filesystem::path& path);

  void run_transaction(TransactionKind kind, const std::string& purpose,
                       const std::function<void(Connection&)>& work) override;
  std::unique_ptr<SessionLock> lock(const std::string& purpose, const std::string& name) override;
  Dialect dialect() const override { return Dialect::kSqlite; }
  const std::string& place() const override { return path_.native(); }
  const std::filesystem::path& path() const override { return path_; }

 private:
  std::unique_ptr<Connection> borrow_reader();
  void return_reader(std::unique_ptr<Connection> connection);

  std::filesystem::path path_;
  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;  // guarded by writer_mutex_
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;  // guarded by readers_mutex_
};

}  // namespace veleta::sql
