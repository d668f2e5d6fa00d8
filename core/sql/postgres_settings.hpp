#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace veleta::sql {

/// How a PostgreSQL server is connected to.
struct PostgresSettings {
  /// libpq's keywords and values: the uri's own, and for what it leaves out time-outs, keepalives and the name of this
  /// process. libpq adds its environment variables (PGPASSWORD, PGSSLMODE, …) and ~/.pgpass.
  std::vector<std::pair<std::string, std::string>> keywords;
  std::chrono::milliseconds connect_timeout{};
  std::string place;  ///< "postgresql://host:port/database", for errors
};

/// Of a uri as libpq takes it. `patience` is how long a connection is waited for, five seconds at most, where the uri
/// does not say. Throws kInvalidArgument, without repeating a password.
PostgresSettings postgres_settings(const std::string& uri,
                                   std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace veleta::sql
