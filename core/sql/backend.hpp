#pragma once

#include "sql/sql.hpp"

// What a kind of database provides behind the public classes of the same names.
namespace veleta::sql {

class StatementBackend {
 public:
  virtual ~StatementBackend() = default;
  virtual void bind(std::string_view text) = 0;
  virtual void bind(double number) = 0;
  virtual void bind(int64_t number) = 0;
  virtual void bind(std::nullptr_t) = 0;
  virtual bool step() = 0;
  virtual void execute() = 0;
  virtual bool is_null(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual double number(int column) const = 0;
  virtual int64_t integer(int column) const = 0;
};

class BulkInsertBackend {
 public:
  virtual ~BulkInsertBackend() = default;
  virtual void bind(std::string_view text) = 0;
  virtual void bind(double number) = 0;
  virtual void bind(int64_t number) = 0;
  virtual void bind(std::nullptr_t) = 0;
  virtual void end_row() = 0;
  virtual void finish() = 0;
};

/// The connections of one database, and how a transaction is run on them. Thread-safe.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void run_transaction(TransactionKind kind, const std::string& purpose,
                               const std::function<void(Connection&)>& work) = 0;
  virtual std::unique_ptr<SessionLock> lock(const std::string& purpose, const std::string& name) = 0;
  virtual Dialect dialect() const = 0;
  /// Names the database in errors; without secrets.
  virtual const std::string& place() const = 0;
  virtual const std::filesystem::path& path() const = 0;
};

}  // namespace veleta::sql
