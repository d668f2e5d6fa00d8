#include "postgres_bulk_insert.hpp"

#include <fmt/format.h>
#include <bit>
#include <cmath>

#include "postgres_bytes.hpp"
#include "postgres_text.hpp"

namespace veleta::sql {

namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr std::string_view kSignature("PGCOPY\n\xff\r\n\0", 11);
constexpr uint32_t kNull = 0xffffffff;

std::string copy_command(const std::string& table, const std::vector<std::string>& columns) {
  std::string names;
  for (const auto& column : columns) names += (names.empty() ? "" : ", ") + sql::quoted(column);
  return fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", sql::quoted(table), names);
}

}  // namespace

PostgresBulkInsert::PostgresBulkInsert(PostgresConnection& connection, const std::string& table,
                                       const std::vector<std::string>& columns)
    : connection_(connection), column_count_(columns.size()) {
  connection_.checked(PQexec(connection_.handle(), copy_command(table, columns).c_str()), PGRES_COPY_IN);
  buffer_ = kSignature;
  put(uint32_t{0});  // flags
  put(uint32_t{0});  // bytes of the header's extension
}

PostgresBulkInsert::~PostgresBulkInsert() {
  if (!is_open_) return;
  try {
    end_copy("given up");
  } catch (const Error&) {
    // Said by who gave it up.
  }
}

template <typename Unsigned>
void PostgresBulkInsert::put(Unsigned number) {
  char bytes[sizeof number];
  put_big_endian(bytes, number);
  buffer_.append(bytes, sizeof bytes);
}

void PostgresBulkInsert::begin_value() {
  if (bound_count_++ == 0) put(static_cast<uint16_t>(column_count_));
}

void PostgresBulkInsert::bind(std::string_view text) {
  begin_value();
  std::string buffer;
  const std::string_view kept = to_kept_text(text, buffer);
  put(static_cast<uint32_t>(kept.size()));
  buffer_ += kept;
}

void PostgresBulkInsert::bind(double number) {
  if (std::isnan(number)) return bind(nullptr);
  begin_value();
  put(uint32_t{8});
  put(std::bit_cast<uint64_t>(number));
}

void PostgresBulkInsert::bind(int64_t number) {
  begin_value();
  put(uint32_t{8});
  put(static_cast<uint64_t>(number));
}

void PostgresBulkInsert::bind(std::nullptr_t) {
  begin_value();
  put(kNull);
}

void PostgresBulkInsert::end_row() {
  if (bound_count_ != column_count_)
    throw Error(ErrorCode::kInternal,
                fmt::format("a row of {} columns was given {} values", column_count_, bound_count_));
  bound_count_ = 0;
  if (buffer_.size() >= kBufferBytes) send();
}

void PostgresBulkInsert::send() {
  if (PQputCopyData(connection_.handle(), buffer_.data(), static_cast<int>(buffer_.size())) != 1) end_copy("broken");
  buffer_.clear();
}

void PostgresBulkInsert::finish() {
  put(uint16_t{0xffff});
  send();
  end_copy(nullptr);
}

void PostgresBulkInsert::end_copy(const char* reason) {
  is_open_ = false;
  PGconn* handle = connection_.handle();
  const bool is_sent = PQputCopyEnd(handle, reason) == 1;
  PostgresResult result(PQgetResult(handle));
  // A connection is free for the next command when it has no more results.
  while (const PostgresResult more{PQgetResult(handle)}) {
  }
  connection_.checked(result.release());
  if (!is_sent || reason)
    throw PostgresError(ErrorCode::kUnavailable, PostgresError::Remedy::kNewConnection,
                        fmt::format("rows were not taken: {}", PQerrorMessage(handle)));
}

}  // namespace veleta::sql
