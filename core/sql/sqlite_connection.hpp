#pragma once

#include <unordered_map>

#include "backend.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace veleta::sql {

class SqliteStatement;

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(const std::filesystem::path& path, SqliteAccess access);
  ~SqliteConnection() override;

  void run_script(const std::string& sql) override;
  BulkInsert insert_into(const std::string& table, const std::vector<std::string>& columns) override;
  Dialect dialect() const override { return Dialect::kSqlite; }

 private:
  friend class SqliteStatement;

  Statement prepare(std::string_view sql) override;
  Statement prepare_stream(std::string_view sql) override { return prepare(sql); }
  int64_t changed_count() const override;
  void begin(TransactionKind kind) override;
  void commit() override;
  void roll_back() noexcept override;
  void check(int result) const;
  void configure(SqliteAccess access);

  struct Cached {
    sqlite3_stmt* handle = nullptr;
    bool lent = false;
  };

  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, Cached> statements_;
};

}  // namespace veleta::sql
