#pragma once

#include <array>
#include <deque>
#include <map>

#include "postgres_connection.hpp"

namespace veleta::sql {

/// Parameters and rows cross in PostgreSQL's binary formats: numbers are exact, infinite ones too.
class PostgresStatement : public StatementBackend {
 public:
  PostgresStatement(PostgresConnection& connection, PostgresPrepared prepared)
      : connection_(connection), prepared_(std::move(prepared)) {}

  void bind(std::string_view text) override;
  void bind(double number) override;
  void bind(int64_t number) override;
  void bind(std::nullptr_t) override;
  bool step() override;
  void execute() override;
  bool is_null(int column) const override;
  std::string_view text(int column) const override;
  double number(int column) const override;
  int64_t integer(int column) const override;

 protected:
  PostgresConnection& connection() const { return connection_; }
  /// Runs the prepared statement with what was bound.
  PostgresResult run();
  /// The rows to step through next; null: no more.
  virtual PostgresResult next_rows();

 private:
  /// The bytes of the next parameter, in its type's format.
  void add(std::string_view bytes);
  Oid next_type() const;
  std::string_view bytes(int column) const;
  [[noreturn]] void throw_type(const char* expected, Oid found) const;

  PostgresConnection& connection_;
  PostgresPrepared prepared_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::deque<std::array<char, 8>> numbers_;  // bytes that values_ points to
  std::deque<std::string> kept_texts_;       // bytes that values_ points to
  PostgresResult rows_;
  int row_ = -1;
  mutable std::map<int, std::string> row_texts_;  // of columns whose text is not as it is kept
  bool has_run_ = false;
};

/// A statement whose rows come through a cursor; the server gathers the next piece of them while one is read.
class PostgresStream final : public PostgresStatement {
 public:
  PostgresStream(PostgresConnection& connection, PostgresPrepared prepared, std::string cursor);
  ~PostgresStream() override;

 private:
  PostgresResult next_rows() override;
  void ask_for_rows();
  /// The piece that was asked for.
  PostgresResult awaited_rows();

  const std::string statement_, cursor_;
  bool is_open_ = false;
  bool is_asked_ = false;
};

}  // namespace veleta::sql
