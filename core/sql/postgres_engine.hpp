#pragma once

#include <condition_variable>
#include <mutex>

#include "postgres_connection.hpp"

namespace veleta::sql {

std::unique_ptr<Engine> open_postgres(const std::string& uri, const DatabaseOptions& options);

/// The table of sessions, which the tables of components stand beside. See PostgresConnection.
extern const char* const kSessionsTable;

/// A database of a PostgreSQL server with a bounded number of connections, made when they are needed. Transactions that
/// met another are run again; so are those whose connection was lost, once the server is back, for as long as patience
/// lasts.
class PostgresEngine final : public Engine {
 public:
  /// Connections at a time; who needs one more waits.
  static constexpr size_t kConnections = 8;

  PostgresEngine(PostgresSettings settings, const DatabaseOptions& options)
      : settings_(std::move(settings)), patience_(options.patience) {}

  void run_transaction(TransactionKind kind, const std::string& purpose,
                       const std::function<void(Connection&)>& work) override;
  std::unique_ptr<SessionLock> lock(const std::string& purpose, const std::string& name) override;
  Dialect dialect() const override { return Dialect::kPostgres; }
  const std::string& place() const override { return settings_.place; }
  const std::filesystem::path& path() const override { return no_path_; }

 private:
  struct GiveBack {
    PostgresEngine* engine;
    void operator()(PostgresConnection* connection) const { engine->give_back(connection); }
  };
  using Lease = std::unique_ptr<PostgresConnection, GiveBack>;

  Lease borrow(const std::string& purpose);
  void give_back(PostgresConnection* connection);
  void take_place(const std::string& purpose);

  const PostgresSettings settings_;
  const std::chrono::milliseconds patience_;
  const std::filesystem::path no_path_;
  std::mutex mutex_;
  std::condition_variable freed_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
  size_t lent_count_ = 0;
};

}  // namespace veleta::sql
