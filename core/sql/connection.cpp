#include "backend.hpp"

// The public classes, which forward to a kind of database.
namespace veleta::sql {

Statement::Statement(std::unique_ptr<StatementBackend> backend) : backend_(std::move(backend)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement::~Statement() = default;
void Statement::bind(std::string_view text) { backend_->bind(text); }
void Statement::bind(double number) { backend_->bind(number); }
void Statement::bind(int64_t number) { backend_->bind(number); }
void Statement::bind(std::nullptr_t) { backend_->bind(nullptr); }
bool Statement::step() { return backend_->step(); }
void Statement::execute() { backend_->execute(); }
bool Statement::is_null(int column) const { return backend_->is_null(column); }
std::string_view Statement::text(int column) const { return backend_->text(column); }
double Statement::number(int column) const { return backend_->number(column); }
int64_t Statement::integer(int column) const { return backend_->integer(column); }

BulkInsert::BulkInsert(std::unique_ptr<BulkInsertBackend> backend) : backend_(std::move(backend)) {}
BulkInsert::BulkInsert(BulkInsert&&) noexcept = default;
BulkInsert::~BulkInsert() = default;
void BulkInsert::bind(std::string_view text) { backend_->bind(text); }
void BulkInsert::bind(double number) { backend_->bind(number); }
void BulkInsert::bind(int64_t number) { backend_->bind(number); }
void BulkInsert::bind(std::nullptr_t) { backend_->bind(nullptr); }
void BulkInsert::end_row() { backend_->end_row(); }
void BulkInsert::finish() { backend_->finish(); }

Transaction::Transaction(Connection& connection, TransactionKind kind) : connection_(connection) {
  connection_.begin(kind);
}

Transaction::~Transaction() {
  if (open_) connection_.roll_back();
}

void Transaction::commit() {
  connection_.commit();
  open_ = false;
}

std::string quoted(std::string_view name) {
  std::string result = "\"";
  for (const char character : name) {
    if (character == '"') result += '"';
    result += character;
  }
  return result + '"';
}

}  // namespace veleta::sql
