#include "postgres_engine.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <random>
#include <thread>

#include "postgres_lock.hpp"

namespace veleta::sql {

const char* const kSessionsTable =
    "CREATE TABLE IF NOT EXISTS sql_sessions (id TEXT PRIMARY KEY, last_transaction BIGINT NOT NULL,"
    " time TIMESTAMPTZ NOT NULL DEFAULT now())";

namespace {

using Clock = std::chrono::steady_clock;
using Remedy = PostgresError::Remedy;
using std::chrono::milliseconds;

/// Whoever meets others in the same rows goes on for as long as SQLite waits for its writer.
constexpr milliseconds kLeastPatienceWithOthers{10'000};

/// When the next try of a transaction is due, and whether there is one. Pauses double, and are random by half, so that
/// those who met once do not meet again.
class Retries {
 public:
  explicit Retries(milliseconds patience) : patience_(patience) {}

  /// Waits for the next try; false: there is no more.
  bool pause(Remedy remedy) {
    const milliseconds patience =
        remedy == Remedy::kNewConnection ? patience_ : std::max(patience_, kLeastPatienceWithOthers);
    const bool is_again = remedy == Remedy::kNewConnection || remedy == Remedy::kAgain;
    if (!is_again && (remedy == Remedy::kNone || ++collision_count_ > 2)) return false;
    if (Clock::now() - first_ >= patience) return false;
    std::uniform_int_distribution<int64_t> share(50, 100);
    std::this_thread::sleep_for(pause_ * share(random_) / 100);
    pause_ = std::min(pause_ * 2, remedy == Remedy::kNewConnection ? kLongestPause : kLongestPauseWithOthers);
    return true;
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - first_).count(); }

 private:
  static constexpr milliseconds kLongestPause{2000}, kLongestPauseWithOthers{200};

  const milliseconds patience_;
  const Clock::time_point first_ = Clock::now();
  milliseconds pause_{10};
  int collision_count_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

[[noreturn]] void give_up(const PostgresError& error, const Retries& retries, bool is_in_doubt) {
  if (error.remedy() != Remedy::kNewConnection && error.remedy() != Remedy::kAgain) throw error;
  throw Error(error.code(),
              fmt::format("{} (tried for {:.1f} s{})", error.what(), retries.seconds(),
                          is_in_doubt ? "; it was lost while it committed, and whether it did is not known" : ""));
}

}  // namespace

std::unique_ptr<Engine> open_postgres(const std::string& uri, const DatabaseOptions& options) {
  return std::make_unique<PostgresEngine>(postgres_settings(uri, options.patience), options);
}

void PostgresEngine::run_transaction(TransactionKind kind, const std::string& purpose,
                                     const std::function<void(Connection&)>& work) {
  Retries retries(patience_);
  std::optional<PostgresTransactionId> in_doubt;  // its connection was lost while it committed
  while (true) {
    try {
      const Lease connection = borrow(purpose);
      if (in_doubt && connection->has_committed(*in_doubt)) return;
      in_doubt.reset();
      Transaction transaction(*connection, kind);
      work(*connection);
      try {
        return transaction.commit();
      } catch (const PostgresError& error) {
        if (error.is_connection_lost() && kind == TransactionKind::kWrite) in_doubt = connection->transaction_id();
        throw;
      }
    } catch (const PostgresError& error) {
      if (!retries.pause(error.remedy())) give_up(error, retries, in_doubt.has_value());
    }
  }
}

std::unique_ptr<SessionLock> PostgresEngine::lock(const std::string& purpose, const std::string& name) {
  Retries retries(patience_);
  while (true) {
    try {
      return std::make_unique<PostgresLock>(settings_, purpose, name);
    } catch (const PostgresError& error) {
      if (!retries.pause(error.remedy())) give_up(error, retries, false);
    }
  }
}

void PostgresEngine::take_place(const std::string& purpose) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, patience_, [this] { return lent_count_ < kConnections; }))
    throw Error(ErrorCode::kUnavailable,
                fmt::format("cannot {} in {}: all {} connections are in use", purpose, settings_.place, kConnections));
  ++lent_count_;
}

PostgresEngine::Lease PostgresEngine::borrow(const std::string& purpose) {
  take_place(purpose);
  try {
    while (true) {
      std::unique_ptr<PostgresConnection> connection;
      {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
          connection = std::move(idle_.back());
          idle_.pop_back();
        }
      }
      if (!connection) connection = std::make_unique<PostgresConnection>(settings_, purpose);
      if (!connection->is_alive()) continue;
      connection->set_purpose(purpose);
      return Lease(connection.release(), {this});
    }
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

void PostgresEngine::give_back(PostgresConnection* connection) {
  std::unique_ptr<PostgresConnection> owned(connection);
  const bool is_usable = owned && PQtransactionStatus(owned->handle()) == PQTRANS_IDLE && owned->is_alive();
  {
    const std::lock_guard lock(mutex_);
    --lent_count_;
    if (is_usable) idle_.push_back(std::move(owned));
  }
  freed_.notify_one();
}

}  // namespace veleta::sql
