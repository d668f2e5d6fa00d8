#pragma once

#include <mutex>

#include "postgres_connection.hpp"

namespace veleta::sql {

/// An advisory lock in a session of its own: the server releases it when this process or the way to it is gone.
class PostgresLock final : public SessionLock {
 public:
  /// Throws kConflict: "`purpose` by HOLDER".
  PostgresLock(PostgresSettings settings, std::string purpose, std::string name);
  void hold() override;

 private:
  void take();

  const PostgresSettings settings_;
  const std::string purpose_, name_;
  std::mutex mutex_;
  std::unique_ptr<PostgresConnection> session_;  // guarded by mutex_
};

}  // namespace veleta::sql
