#include "postgres_connection.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <cerrno>
#include <cstdlib>

#include "base/ids.hpp"
#include "postgres_bulk_insert.hpp"
#include "postgres_statement.hpp"

namespace veleta::sql {

namespace {

using Clock = std::chrono::steady_clock;

/// `?` as PostgreSQL numbers it, $1 and so on; those within quotes stay.
std::string with_numbered_parameters(std::string_view sql) {
  std::string numbered;
  char quote = 0;
  int count = 0;
  for (const char character : sql) {
    if (quote)
      quote = character == quote ? 0 : quote;
    else if (character == '\'' || character == '"')
      quote = character;
    if (character == '?' && !quote)
      numbered += fmt::format("${}", ++count);
    else
      numbered += character;
  }
  return numbered;
}

/// False: the time is over.
bool wait_for(PGconn* connection, PostgresPollingStatusType status, Clock::time_point deadline) {
  pollfd socket{PQsocket(connection), static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready = ::poll(&socket, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

PostgresConnection::PostgresConnection(const PostgresSettings& settings, const std::string& purpose)
    : place_(settings.place), session_(new_id()) {
  set_purpose(purpose);
  try {
    connect(settings);
    check_encoding();
  } catch (...) {
    PQfinish(handle_);
    throw;
  }
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

void PostgresConnection::connect(const PostgresSettings& settings) {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : settings.keywords) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  handle_ = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (!handle_) throw std::bad_alloc();
  PQsetErrorVerbosity(handle_, PQERRORS_VERBOSE);  // the one way to the SQLSTATE of a refusal
  PQsetNoticeProcessor(
      handle_, [](void*, const char*) {}, nullptr);
  const auto deadline = Clock::now() + settings.connect_timeout;
  auto status = PQstatus(handle_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED) throw postgres_connect_error(purpose(), place_, handle_);
    if (!wait_for(handle_, status, deadline))
      throw PostgresError(
          ErrorCode::kUnavailable, PostgresError::Remedy::kNewConnection,
          fmt::format("cannot {} in {}: no answer within {} ms", purpose(), place_, settings.connect_timeout.count()));
    status = PQconnectPoll(handle_);
  }
  PQsetErrorVerbosity(handle_, PQERRORS_DEFAULT);
}

void PostgresConnection::check_encoding() const {
  const char* encoding = PQparameterStatus(handle_, "server_encoding");
  if (encoding && std::string_view(encoding) == "UTF8") return;
  throw Error(ErrorCode::kUnsupported, fmt::format("cannot {} in {}: the database's encoding is {}, expected UTF8",
                                                   purpose(), place_, encoding ? encoding : "unknown"));
}

bool PostgresConnection::is_alive() {
  // Before it closes a session, the server says why: there may be something to read before the end shows.
  pollfd socket{PQsocket(handle_), POLLIN, 0};
  while (PQstatus(handle_) == CONNECTION_OK && ::poll(&socket, 1, 0) > 0)
    if (PQconsumeInput(handle_) != 1) return false;
  return PQstatus(handle_) == CONNECTION_OK;
}

PostgresResult PostgresConnection::checked(PGresult* raw, ExecStatusType expected) {
  PostgresResult result(raw);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == expected || status == PGRES_TUPLES_OK) return result;
  throw postgres_error(purpose(), place_, handle_, result.get());
}

void PostgresConnection::run_script(const std::string& sql) { checked(PQexec(handle_, sql.c_str())); }

PostgresPrepared PostgresConnection::prepare_as(const std::string& name, const std::string& sql) {
  checked(PQprepare(handle_, name.c_str(), sql.c_str(), 0, nullptr));
  const PostgresResult description = checked(PQdescribePrepared(handle_, name.c_str()));
  PostgresPrepared prepared{name, {}};
  for (int i = 0; i < PQnparams(description.get()); ++i)
    prepared.parameter_types.push_back(PQparamtype(description.get(), i));
  return prepared;
}

Statement PostgresConnection::prepare(std::string_view sql) {
  auto known = prepared_.find(std::string(sql));
  if (known == prepared_.end()) {
    const std::string name = fmt::format("s{}", prepared_.size());
    known = prepared_.emplace(sql, prepare_as(name, with_numbered_parameters(sql))).first;
  }
  return Statement(std::make_unique<PostgresStatement>(*this, known->second));
}

Statement PostgresConnection::prepare_stream(std::string_view sql) {
  const std::string cursor = fmt::format("c{}", ++cursor_count_);
  const std::string name = "of_" + cursor;
  const PostgresPrepared prepared =
      prepare_as(name, fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", cursor, with_numbered_parameters(sql)));
  return Statement(std::make_unique<PostgresStream>(*this, prepared, cursor));
}

BulkInsert PostgresConnection::insert_into(const std::string& table, const std::vector<std::string>& columns) {
  return BulkInsert(std::make_unique<PostgresBulkInsert>(*this, table, columns));
}

void PostgresConnection::set_changed_count(const PGresult* result) {
  changed_count_ = std::strtoll(PQcmdTuples(const_cast<PGresult*>(result)), nullptr, 10);
}

void PostgresConnection::begin(TransactionKind kind) {
  switch (kind) {
    case TransactionKind::kRead: return run_script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    case TransactionKind::kWrite:
      if (transaction_number_ == 0) run_script("DELETE FROM sql_sessions WHERE time < now() - interval '1 day'");
      return run_script(
          fmt::format("BEGIN ISOLATION LEVEL SERIALIZABLE;"
                      "INSERT INTO sql_sessions AS own (id, last_transaction) VALUES ('{}', {})"
                      " ON CONFLICT (id) DO UPDATE SET last_transaction = excluded.last_transaction, time = now()",
                      session_, ++transaction_number_));
    case TransactionKind::kSchema:
      return run_script(
          "BEGIN ISOLATION LEVEL READ COMMITTED;"
          "SELECT pg_advisory_xact_lock(hashtextextended('veleta tables of ' || current_schema(), 0))");
  }
}

void PostgresConnection::commit() {
  const PostgresResult result = checked(PQexec(handle_, "COMMIT"));
  // A transaction that failed before answers its COMMIT with ROLLBACK, and no error.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
    throw Error(ErrorCode::kInternal,
                fmt::format("cannot {} in {}: a statement of the transaction had failed", purpose(), place_));
}

void PostgresConnection::roll_back() noexcept {
  if (PQtransactionStatus(handle_) != PQTRANS_IDLE) PQclear(PQexec(handle_, "ROLLBACK"));
}

bool PostgresConnection::has_committed(const PostgresTransactionId& transaction) {
  // An upsert, not a look: it waits for a session that has changed the row and not ended.
  auto row = query(
      "INSERT INTO sql_sessions AS own (id, last_transaction) VALUES (?, 0)"
      " ON CONFLICT (id) DO UPDATE SET last_transaction = own.last_transaction RETURNING last_transaction",
      transaction.session);
  return row.step() && row.integer(0) == transaction.number;
}

}  // namespace veleta::sql
