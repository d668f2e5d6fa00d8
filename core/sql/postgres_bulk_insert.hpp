#pragma once

#include "postgres_connection.hpp"

namespace veleta::sql {

/// COPY … FROM STDIN in its binary format.
class PostgresBulkInsert final : public BulkInsertBackend {
 public:
  PostgresBulkInsert(PostgresConnection& connection, const std::string& table, const std::vector<std::string>& columns);
  ~PostgresBulkInsert() override;
  PostgresBulkInsert(const PostgresBulkInsert&) = delete;
  PostgresBulkInsert& operator=(const PostgresBulkInsert&) = delete;

  void bind(std::string_view text) override;
  void bind(double number) override;
  void bind(int64_t number) override;
  void bind(std::nullptr_t) override;
  void end_row() override;
  void finish() override;

 private:
  template <typename Unsigned>
  void put(Unsigned number);
  void begin_value();
  void send();
  void end_copy(const char* reason);

  PostgresConnection& connection_;
  const size_t column_count_;
  size_t bound_count_ = 0;
  std::string buffer_;
  bool is_open_ = true;
};

}  // namespace veleta::sql
