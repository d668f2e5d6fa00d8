#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sql/sql.hpp"

namespace veleta::testing {

/// The uri with `name=value` among its parameters; the value is encoded.
std::string with_parameter(const std::string& uri, const std::string& name, const std::string& value);

/// Runs statements in a session of its own.
void run_in_postgres(const std::string& uri, const std::string& script);
/// The rows of a query whose columns are texts, with '|' between them.
std::vector<std::string> rows_in_postgres(const std::string& uri, const std::string& query, int column_count = 1);

/// An empty schema of a server, dropped when destroyed.
class PostgresSchema {
 public:
  /// Of the server that CTest has started.
  PostgresSchema();
  explicit PostgresSchema(std::string server);
  ~PostgresSchema();
  PostgresSchema(const PostgresSchema&) = delete;
  PostgresSchema& operator=(const PostgresSchema&) = delete;

  const std::string& name() const { return name_; }
  /// The server with this schema as the search path.
  const std::string& uri() const { return uri_; }

 private:
  std::string server_, name_, uri_;
};

/// A server of this test's own, which it may stop and kill.
class PostgresServer {
 public:
  /// `arguments` go to the server.
  explicit PostgresServer(std::string arguments = "");
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  const std::string& uri() const { return uri_; }
  void start();
  /// At once, in the middle of what it does; it recovers when it is started again.
  void kill();

 private:
  const std::filesystem::path folder_;
  const std::string arguments_;
  std::string uri_;
};

}  // namespace veleta::testing
