#pragma once

#include <libpq-fe.h>
#include <unordered_map>

#include "backend.hpp"
#include "postgres_error.hpp"
#include "postgres_settings.hpp"

namespace veleta::sql {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, FreeResult>;

/// A statement that the server has prepared, and the types it takes.
struct PostgresPrepared {
  std::string name;
  std::vector<Oid> parameter_types;
};

/// A transaction that wrote, by the session that ran it.
struct PostgresTransactionId {
  std::string session;
  int64_t number = 0;
};

/// One session of a server.
///
/// Each transaction that writes also notes its number in its session's row of the table sql_sessions. So when the
/// connection is lost while it commits, another session can tell whether it did. (The server's own transaction ids do
/// not tell: after a crash, an id of which nothing had reached the disk is given again.)
class PostgresConnection final : public Connection {
 public:
  PostgresConnection(const PostgresSettings& settings, const std::string& purpose);
  ~PostgresConnection() override;

  void run_script(const std::string& sql) override;
  BulkInsert insert_into(const std::string& table, const std::vector<std::string>& columns) override;
  Dialect dialect() const override { return Dialect::kPostgres; }

  /// False: the server has closed it. Asks the socket, not the server.
  bool is_alive();
  /// The transaction that writes now, or wrote last.
  PostgresTransactionId transaction_id() const { return {session_, transaction_number_}; }
  /// Whether that transaction has committed; where its session is still at it, waits for its end.
  bool has_committed(const PostgresTransactionId& transaction);
  /// Throws where the result is none of the two.
  PostgresResult checked(PGresult* result, ExecStatusType expected = PGRES_COMMAND_OK);
  PGconn* handle() const { return handle_; }
  PostgresPrepared prepare_as(const std::string& name, const std::string& sql);
  void set_changed_count(const PGresult* result);

 private:
  Statement prepare(std::string_view sql) override;
  Statement prepare_stream(std::string_view sql) override;
  int64_t changed_count() const override { return changed_count_; }
  void begin(TransactionKind kind) override;
  void commit() override;
  void roll_back() noexcept override;
  void connect(const PostgresSettings& settings);
  void check_encoding() const;

  const std::string place_;
  const std::string session_;
  PGconn* handle_ = nullptr;
  int64_t transaction_number_ = 0;
  int64_t changed_count_ = 0;
  int cursor_count_ = 0;
  std::unordered_map<std::string, PostgresPrepared> prepared_;
};

}  // namespace veleta::sql
