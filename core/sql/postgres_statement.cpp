#include "postgres_statement.hpp"

#include <fmt/format.h>
#include <bit>
#include <cmath>
#include <limits>

#include "postgres_bytes.hpp"
#include "postgres_text.hpp"

namespace veleta::sql {

namespace {

// Of the server's catalogue pg_type.
constexpr Oid kBool = 16, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kFloat8 = 701, kVarchar = 1043;
constexpr int kStreamRows = 4096;

bool is_text(Oid type) { return type == kText || type == kVarchar || type == kName; }

}  // namespace

void PostgresStatement::add(std::string_view bytes) {
  values_.push_back(bytes.data() ? bytes.data() : "");
  lengths_.push_back(static_cast<int>(bytes.size()));
}

Oid PostgresStatement::next_type() const {
  if (values_.size() < prepared_.parameter_types.size()) return prepared_.parameter_types[values_.size()];
  throw Error(ErrorCode::kInternal, fmt::format("a statement of {} parameters was given more", values_.size()));
}

void PostgresStatement::throw_type(const char* expected, Oid found) const {
  throw Error(ErrorCode::kInternal,
              fmt::format("expected the type {} in a statement, found that of number {} in pg_type", expected, found));
}

void PostgresStatement::bind(std::string_view text) {
  if (!is_text(next_type())) throw_type("text", next_type());
  std::string buffer;
  std::string_view kept = to_kept_text(text, buffer);
  if (!buffer.empty()) kept = kept_texts_.emplace_back(std::move(buffer));
  add(kept);
}

void PostgresStatement::bind(double number) {
  if (std::isnan(number)) return bind(nullptr);
  if (next_type() != kFloat8) throw_type("double precision", next_type());
  auto& bytes = numbers_.emplace_back();
  put_big_endian(bytes.data(), std::bit_cast<uint64_t>(number));
  add({bytes.data(), 8});
}

void PostgresStatement::bind(int64_t number) {
  auto& bytes = numbers_.emplace_back();
  switch (next_type()) {
    case kInt8: put_big_endian(bytes.data(), static_cast<uint64_t>(number)); return add({bytes.data(), 8});
    case kFloat8:
      put_big_endian(bytes.data(), std::bit_cast<uint64_t>(static_cast<double>(number)));
      return add({bytes.data(), 8});
    case kInt4:
      if (number != static_cast<int32_t>(number)) throw_type("bigint", kInt4);
      put_big_endian(bytes.data(), static_cast<uint32_t>(number));
      return add({bytes.data(), 4});
    default: throw_type("bigint", next_type());
  }
}

void PostgresStatement::bind(std::nullptr_t) {
  next_type();
  values_.push_back(nullptr);
  lengths_.push_back(0);
}

PostgresResult PostgresStatement::run() {
  if (values_.size() != prepared_.parameter_types.size())
    throw Error(ErrorCode::kInternal, fmt::format("a statement of {} parameters was given {}",
                                                  prepared_.parameter_types.size(), values_.size()));
  const std::vector<int> formats(values_.size(), 1);
  PostgresResult result =
      connection_.checked(PQexecPrepared(connection_.handle(), prepared_.name.c_str(), static_cast<int>(values_.size()),
                                         values_.data(), lengths_.data(), formats.data(), 1));
  connection_.set_changed_count(result.get());
  return result;
}

PostgresResult PostgresStatement::next_rows() {
  if (has_run_) return nullptr;
  has_run_ = true;
  return run();
}

bool PostgresStatement::step() {
  row_texts_.clear();
  if (rows_ && ++row_ < PQntuples(rows_.get())) return true;
  rows_ = next_rows();
  row_ = 0;
  return rows_ && PQntuples(rows_.get()) > 0;
}

void PostgresStatement::execute() {
  while (step()) {
  }
  rows_.reset();
  has_run_ = false;
  values_.clear();
  lengths_.clear();
  numbers_.clear();
  kept_texts_.clear();
}

bool PostgresStatement::is_null(int column) const { return PQgetisnull(rows_.get(), row_, column) != 0; }

std::string_view PostgresStatement::bytes(int column) const {
  return {PQgetvalue(rows_.get(), row_, column), static_cast<size_t>(PQgetlength(rows_.get(), row_, column))};
}

std::string_view PostgresStatement::text(int column) const {
  if (is_null(column)) return {};
  const Oid type = PQftype(rows_.get(), column);
  if (!is_text(type)) throw_type("text", type);
  std::string buffer;
  const std::string_view text = from_kept_text(bytes(column), buffer);
  if (text.data() != buffer.data()) return text;
  return row_texts_[column] = std::move(buffer);
}

double PostgresStatement::number(int column) const {
  if (is_null(column)) return std::numeric_limits<double>::quiet_NaN();
  if (PQftype(rows_.get(), column) != kFloat8) return static_cast<double>(integer(column));
  return std::bit_cast<double>(get_big_endian<uint64_t>(bytes(column).data()));
}

int64_t PostgresStatement::integer(int column) const {
  if (is_null(column)) return 0;
  const char* data = bytes(column).data();
  switch (const Oid type = PQftype(rows_.get(), column)) {
    case kInt8: return static_cast<int64_t>(get_big_endian<uint64_t>(data));
    case kInt4: return static_cast<int32_t>(get_big_endian<uint32_t>(data));
    case kInt2: return static_cast<int16_t>(get_big_endian<uint16_t>(data));
    case kBool: return *data;
    default: throw_type("bigint", type);
  }
}

PostgresStream::PostgresStream(PostgresConnection& connection, PostgresPrepared prepared, std::string cursor)
    : PostgresStatement(connection, prepared), statement_(prepared.name), cursor_(std::move(cursor)) {}

PostgresStream::~PostgresStream() {
  PGconn* handle = connection().handle();
  while (const PostgresResult unread{PQgetResult(handle)}) {
  }
  if (PQtransactionStatus(handle) == PQTRANS_INTRANS && is_open_) PQclear(PQexec(handle, ("CLOSE " + cursor_).c_str()));
  PQclear(PQexec(handle, ("DEALLOCATE " + statement_).c_str()));
}

PostgresResult PostgresStream::next_rows() {
  if (!is_open_) {
    run();
    is_open_ = true;
    ask_for_rows();
  }
  if (!is_asked_) return nullptr;
  PostgresResult rows = awaited_rows();
  if (PQntuples(rows.get()) == kStreamRows) ask_for_rows();
  return rows;
}

void PostgresStream::ask_for_rows() {
  const std::string fetch = fmt::format("FETCH {} FROM {}", kStreamRows, cursor_);
  if (PQsendQueryParams(connection().handle(), fetch.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) != 1)
    connection().checked(nullptr);
  is_asked_ = true;
}

PostgresResult PostgresStream::awaited_rows() {
  is_asked_ = false;
  PGconn* handle = connection().handle();
  PGresult* rows = PQgetResult(handle);
  if (!rows && PQstatus(handle) == CONNECTION_OK)
    throw Error(ErrorCode::kInternal, "a connection was used for something else while rows came over it");
  PostgresResult result = connection().checked(rows);
  while (const PostgresResult more{PQgetResult(handle)}) {
  }
  return result;
}

}  // namespace veleta::sql
